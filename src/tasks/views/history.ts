import { view, type HistoryEntry, type Json, type Publication, type RunEnded, type Survey } from '../../api.ts';
import { hostList, short, table, time } from './table.ts';

/** One publication, and how the run ended that it belongs to. */
interface Row {
  readonly entry: Publication;
  readonly hosts: readonly string[];
  /** `running` while its run holds the lock; `interrupted` when it ended without a word. */
  readonly ended: Pick<RunEnded, 'ending' | 'status'> | 'running' | 'interrupted';
}

/** Who published what, from where, from which to which release, and how it ended; every host has it. */
export const historyView = view({
  name: 'history',
  description: 'Show who published what and when, newest first.',
  show: (survey) => {
    const rows = rowsOf(survey);
    return {
      text:
        rows.length === 0
          ? 'Nothing was published yet.'
          : table([
              ['WHEN (UTC)', 'WHAT', 'RELEASE', 'FROM', 'COMMIT', 'BY', 'ENDED', 'HOSTS'],
              ...rows.map((row) => cells(row, survey)),
            ]),
      json: { history: rows.map(({ entry, hosts, ended }) => ({ ...entry, hosts, ended })) as unknown as Json },
    };
  },
});

const rowsOf = ({ hosts }: Survey): readonly Row[] => {
  const lines = hosts.flatMap(({ host, history }) =>
    (history as unknown as readonly HistoryEntry[]).filter(isEntry).map((entry) => ({ host, entry })),
  );
  const endings = new Map(lines.flatMap(({ entry }) => (entry.event === 'ended' ? [[entry.run, entry] as const] : [])));
  const rows = new Map<string, { entry: Publication; hosts: string[] }>();
  for (const { host, entry } of lines) {
    if (entry.event === 'ended') continue;
    const key = `${entry.run} ${entry.event} ${entry.to ?? ''}`;
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { entry, hosts: [host] });
    else known.hosts.push(host);
  }
  const running = runningIn(hosts);
  return [...rows.values()]
    .map(({ entry, hosts: which }) => ({ entry, hosts: which, ended: endedAs(endings.get(entry.run), entry, running) }))
    .sort((a, b) => (a.entry.at < b.entry.at ? 1 : -1));
};

/** Whatever else stands in the file was not written by us. */
const isEntry = (line: unknown): boolean => {
  const { event, run, at } = (line ?? {}) as Partial<Record<string, unknown>>;
  return typeof event === 'string' && typeof run === 'string' && typeof at === 'string';
};

const endedAs = (ended: RunEnded | undefined, { run }: Publication, running: ReadonlySet<string>): Row['ended'] => {
  if (ended !== undefined) return { ending: ended.ending, status: ended.status };
  return running.has(run) ? 'running' : 'interrupted';
};

/** The runs that hold the fleet's lock just now. */
const runningIn = (hosts: Survey['hosts']): ReadonlySet<string> =>
  new Set(hosts.flatMap(({ lockHeld, owner }) => (lockHeld ? runOf(owner) : [])));

const runOf = (owner: string | undefined): readonly string[] => {
  try {
    const { run } = JSON.parse(owner ?? '') as { run?: unknown };
    return typeof run === 'string' ? [run] : [];
  } catch {
    return []; // Whoever wrote it, the file tells nothing.
  }
};

const cells = ({ entry, hosts, ended }: Row, survey: Survey): readonly string[] => [
  time(entry.at),
  `${entry.task}: ${entry.event}`,
  entry.to ?? '-',
  entry.from ?? '-',
  short(entry.commit),
  `${entry.user}@${entry.machine}`,
  typeof ended === 'string' ? ended : ended.status === 0 ? ended.ending : `${ended.ending}, ${ended.status}`,
  `${hostList(hosts, survey.hosts.length)}${(entry.behind ?? []).length === 0 ? '' : ` (behind: ${entry.behind?.join(', ')})`}`,
];
