import { view, type HostSurvey, type Json, type ReleaseOnHost, type ReleaseState, type Survey } from '../../api.ts';
import { hostList, short, table, time } from './table.ts';

interface Row {
  readonly name: string;
  readonly state: ReleaseState | 'unknown';
  readonly commit: string | null;
  readonly ref: string | null;
  readonly by: string | null;
  readonly pinnedUntil: string | null;
  readonly hosts: readonly string[];
  readonly liveOn: readonly string[];
}

/** Every release on the fleet, newest first: what it is, who made it, where it lies. */
export const releasesView = view({
  name: 'releases',
  aliases: ['list_releases'],
  description: 'List the releases on the hosts: state, commit, who made them, pins.',
  show: (survey) => {
    const rows = rowsOf(survey);
    const shown = rows.map((row) => [
      row.liveOn.length > 0 ? '→' : ' ',
      row.name,
      row.state,
      short(row.commit),
      row.ref ?? '-',
      row.by ?? '-',
      row.pinnedUntil === null ? '-' : `until ${row.pinnedUntil}`,
      hostList(row.hosts, survey.hosts.length),
    ]);
    return {
      text:
        rows.length === 0
          ? 'There is no release on any host yet.'
          : table([['', 'RELEASE', 'STATE', 'COMMIT', 'REF', 'BY', 'PINNED', 'HOSTS'], ...shown]),
      json: { releases: rows as unknown as Json },
    };
  },
});

const rowsOf = ({ hosts }: Survey): readonly Row[] => {
  const names = [...new Set(hosts.flatMap(({ releases }) => releases.map(({ name }) => name)))].sort().reverse();
  return names.map((name) => {
    const copies = hosts.flatMap((host) =>
      host.releases.filter((release) => release.name === name).map((release) => ({ host, release })),
    );
    const record = copies.map(({ release }) => release.record).find((each) => each !== undefined);
    const pin = copies.map(({ release }) => release.pinnedUntil).find((each) => each !== undefined);
    return {
      name,
      state: stateOf(name, copies),
      commit: record?.commit ?? null,
      ref: record?.ref ?? null,
      by: record === undefined ? null : `${record.user}@${record.machine}`,
      pinnedUntil: pin === undefined ? null : pin === 'forever' ? 'for ever' : time(pin),
      hosts: copies.map(({ host }) => host.host),
      liveOn: copies.filter(({ host }) => isLive(host, name)).map(({ host }) => host.host),
    };
  });
};

const isLive = ({ current }: HostSurvey, name: string): boolean => current.kind === 'release' && current.id === name;

/** The record says how far the building came; live and retired follow from `current` and RELEASES.txt. */
const stateOf = (name: string, copies: readonly { host: HostSurvey; release: ReleaseOnHost }[]): Row['state'] => {
  if (copies.some(({ host }) => isLive(host, name))) return 'live';
  if (copies.some(({ host }) => host.recorded.includes(name))) return 'retired';
  const states = new Set(copies.map(({ release }) => release.record?.state));
  if (states.has('failed')) return 'failed';
  if (states.has('building')) return 'building';
  return states.has('built') ? 'built' : 'unknown';
};
