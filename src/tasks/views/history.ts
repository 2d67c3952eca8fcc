import { view, type HistoryEntry, type Json } from '../../api.ts';
import { hostList, short, table, time } from './table.ts';

/** Who published what, from where, from which to which release; every host has it. */
export const historyView = view({
  name: 'history',
  description: 'Show who published what and when, newest first.',
  show: (survey) => {
    const entries = new Map<string, { entry: HistoryEntry; hosts: string[] }>();
    for (const { host, history } of survey.hosts)
      for (const entry of history as unknown as readonly HistoryEntry[]) {
        const key = `${entry.run} ${entry.event} ${entry.to}`;
        const known = entries.get(key);
        if (known === undefined) entries.set(key, { entry, hosts: [host] });
        else known.hosts.push(host);
      }
    const rows = [...entries.values()].sort((a, b) => (a.entry.at < b.entry.at ? 1 : -1));
    return {
      text:
        rows.length === 0
          ? 'Nothing was published yet.'
          : table([
              ['WHEN (UTC)', 'WHAT', 'RELEASE', 'FROM', 'COMMIT', 'BY', 'HOSTS'],
              ...rows.map(({ entry, hosts }) => [
                time(entry.at),
                `${entry.task}: ${entry.event}`,
                entry.to,
                entry.from ?? '-',
                short(entry.commit),
                `${entry.user}@${entry.machine}`,
                hostList(hosts, survey.hosts.length),
              ]),
            ]),
      json: { history: rows.map(({ entry, hosts }) => ({ ...entry, hosts })) as unknown as Json },
    };
  },
});
