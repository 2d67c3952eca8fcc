import { view, type HostSurvey, type Json, type Survey } from '../../api.ts';
import { notesOf } from './host-notes.ts';
import { behindHosts, interruptedPublish, lastRecord } from './interrupted.ts';
import { hostList, short, table } from './table.ts';
import { waiting } from './waiting.ts';

/**
 * Where every host stands, whether they agree, and what an interrupted run has left behind, most
 * important first. Exit status 4 when they do not agree. docs/recovering.md lists every state.
 */
export const statusView = view({
  name: 'status',
  aliases: ['check_status'],
  description: 'Show what is live on each host, whether the hosts agree, and what was interrupted.',
  show: (survey, { environment, owed }) => {
    const places = placesOf(survey);
    const interrupted = interruptedPublish(survey, environment);
    const behind = behindHosts(survey);
    const rows = survey.hosts.map((host) => [
      host.host,
      placeOf(host),
      commitOf(host),
      notesOf(host, behind).join(', '),
    ]);
    const unreachable = survey.unreachable.map(({ host, sentence }) => [
      host,
      'could not be asked',
      '-',
      host in behind ? `left behind; ${sentence}` : sentence,
    ]);
    const whole = places.size <= 1 && survey.unreachable.length === 0 && survey.hosts.every(isSound);
    const sentences = [
      ...(interrupted === undefined ? [] : [interrupted.sentence]),
      ...verdict(environment, places, survey, interrupted !== undefined, Object.keys(behind)),
      ...waiting(survey, environment, owed),
    ];
    return {
      text: `${sentences.join('\n')}\n\n${table([['HOST', 'CURRENT', 'COMMIT', 'NOTES'], ...rows, ...unreachable])}`,
      json: {
        whole,
        interrupted: interrupted?.kind ?? null,
        behind,
        owed,
        hosts: Object.fromEntries(survey.hosts.map((host) => [host.host, placeOf(host)])),
        notes: Object.fromEntries(survey.hosts.map((host) => [host.host, notesOf(host, behind)])) as unknown as Json,
        unreachable: Object.fromEntries(survey.unreachable.map(({ host, sentence }) => [host, sentence])) as Json,
      },
      status: whole ? 0 : 4,
    };
  },
});

/** Hosts that nothing was ever put on say nothing: databases, proxies. One that took part and is empty now does. */
const placesOf = (survey: Survey): ReadonlyMap<string, readonly string[]> => {
  const took = Object.keys(lastRecord(survey)?.participants ?? {});
  const places = new Map<string, string[]>();
  for (const host of survey.hosts)
    if (host.current.kind !== 'absent' || host.releases.length > 0 || took.includes(host.host))
      places.set(placeOf(host), [...(places.get(placeOf(host)) ?? []), host.host]);
  return places;
};

/** What `current` shows is a release that was built to its end, or nothing at all. */
const isSound = (host: HostSurvey): boolean =>
  host.current.kind === 'absent' || (host.current.kind === 'release' && host.current.exists && isBuilt(host));

/** Releases of other tools have no record. */
const isBuilt = ({ current, releases }: HostSurvey): boolean =>
  releases.find(({ name }) => current.kind === 'release' && name === current.id)?.record?.state !== 'building';

const verdict = (
  environment: string,
  places: ReadonlyMap<string, readonly string[]>,
  survey: Survey,
  interrupted: boolean,
  behind: readonly string[],
): readonly string[] => {
  const away = survey.unreachable.map(({ host }) => host).join(', ');
  const asked = away === '' ? '' : ` ${away} could not be asked.`;
  const [[place, hosts] = ['', []]] = places;
  if (places.size === 0 || (places.size === 1 && place === nothing))
    return [`Nothing is published on ${environment} yet.${asked}`];
  const bad = survey.hosts.filter((host) => !isSound(host));
  if (places.size === 1)
    return [
      `${environment}: ${hostList(hosts, away === '' ? hosts.length : -1)} on ${place}.${asked}`,
      ...bad.slice(0, 1).map((host) => advice(environment, host)),
    ];
  const parts = [...places].map(([where, which]) => `${hostList(which, -1)} on ${where}`);
  const differ = `${environment}: THE HOSTS DIFFER: ${parts.join('; ')}.${asked}`;
  if (bad.length > 0) return [differ, ...bad.map((host) => advice(environment, host))];
  if (interrupted) return [differ]; // What to do about it is said above.
  if (behind.length > 0)
    return [
      differ,
      `${behind.join(', ')} ${behind.length === 1 ? 'was' : 'were'} left out of the last publish: \`fab ${environment} catch_up\` brings ${behind.length === 1 ? 'it' : 'them'} along.`,
    ];
  const most = Math.max(...[...places.values()].map(({ length }) => length));
  const majority = most * 2 > survey.hosts.length + survey.unreachable.length;
  return [
    differ,
    `No record says why. ${majority ? `\`fab ${environment} catch_up\` brings all to what most of them show, ` : ''}\`fab ${environment} deploy\` to a new release, \`fab ${environment} rollback --to RELEASE\` to one that all of them have.`,
  ];
};

/** What a person has to do before any run can put a host right. */
const advice = (environment: string, { host, root, current }: HostSurvey): string => {
  switch (current.kind) {
    case 'release':
      return `${host} shows a release that is not complete there: \`fab ${environment} deploy\` makes one that is, \`fab ${environment} rollback --to RELEASE\` goes to one that all have.`;
    case 'foreign':
      return `${root}/current on ${host} is not ours to replace: point it at one of the releases, or remove it; then \`fab ${environment} catch_up\`.`;
    default:
      return `${root}/current on ${host} is not ours to replace: look what is in it and move it away; then \`fab ${environment} catch_up\`.`;
  }
};

const nothing = 'no release';

const placeOf = (host: HostSurvey): string => {
  const { current } = host;
  switch (current.kind) {
    case 'release':
      return current.exists ? `${current.id}${isBuilt(host) ? '' : ' (unfinished)'}` : `${current.id} (missing)`;
    case 'absent':
      return nothing;
    case 'foreign':
      return `a foreign link to ${current.target}`;
    case 'not-a-link':
      return 'a real directory';
  }
};

const commitOf = ({ releases, current }: HostSurvey): string =>
  short(releases.find(({ name }) => current.kind === 'release' && name === current.id)?.record?.commit);
