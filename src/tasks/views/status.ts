import { view, type HostSurvey, type Json } from '../../api.ts';
import { hostList, short, table } from './table.ts';

/** Where every host stands, and whether they agree. Exit status 4 when they do not. */
export const statusView = view({
  name: 'status',
  aliases: ['check_status'],
  description: 'Show what is live on each host, and whether the hosts agree.',
  show: (survey, { environment }) => {
    const withReleases = survey.hosts.filter(
      ({ current, releases }) => current.kind !== 'absent' || releases.length > 0,
    );
    const places = new Map<string, string[]>();
    for (const host of withReleases) places.set(placeOf(host), [...(places.get(placeOf(host)) ?? []), host.host]);
    const rows = survey.hosts.map((host) => {
      const commit = host.releases.find(({ name }) => host.current.kind === 'release' && name === host.current.id)
        ?.record?.commit;
      return [host.host, placeOf(host), short(commit), building(host)];
    });
    const unreachable = survey.unreachable.map(({ host, sentence }) => [host, 'could not be asked', '-', sentence]);
    const whole = places.size <= 1 && survey.unreachable.length === 0;
    return {
      text: `${verdict(
        environment,
        places,
        survey.unreachable.map(({ host }) => host),
      )}\n\n${table([['HOST', 'CURRENT', 'COMMIT', 'NOTES'], ...rows, ...unreachable])}`,
      json: {
        whole,
        hosts: Object.fromEntries(survey.hosts.map((host) => [host.host, placeOf(host)])),
        unreachable: Object.fromEntries(survey.unreachable.map(({ host, sentence }) => [host, sentence])) as Json,
      },
      status: whole ? 0 : 4,
    };
  },
});

const verdict = (
  environment: string,
  places: ReadonlyMap<string, readonly string[]>,
  unreachable: readonly string[],
): string => {
  const asked = unreachable.length === 0 ? '' : ` ${unreachable.join(', ')} could not be asked.`;
  if (places.size === 0) return `Nothing is published on ${environment} yet.${asked}`;
  const [[place, hosts] = ['', []]] = places;
  if (places.size === 1)
    return `${environment}: ${hosts.length === 1 ? (hosts[0] ?? '') : `all ${hosts.length} hosts`} on ${place}.${asked}`;
  const parts = [...places].map(([where, which]) => `${hostList(which, -1)} on ${where}`);
  return `${environment}: THE HOSTS DIFFER: ${parts.join('; ')}.${asked}\nBring them together with \`fab ${environment} deploy --resume\` or \`fab ${environment} rollback --to RELEASE\`.`;
};

const placeOf = ({ current }: HostSurvey): string => {
  switch (current.kind) {
    case 'release':
      return current.exists ? current.id : `${current.id} (missing)`;
    case 'absent':
      return 'no release';
    case 'foreign':
      return `a foreign link to ${current.target}`;
    case 'not-a-link':
      return 'a real directory';
  }
};

const building = ({ releases }: HostSurvey): string => {
  const busy = releases.filter(({ locked }) => locked).map(({ name }) => `building ${name}`);
  const unfinished = releases
    .filter(({ locked, record }) => !locked && record?.state === 'building')
    .map(({ name }) => `unfinished ${name}`);
  return [...busy, ...unfinished.slice(-1)].join(', ');
};
