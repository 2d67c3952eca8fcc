import type { HostSurvey } from '../../api.ts';
import { time } from './table.ts';

/** What is to be known of one host besides its release, in a few words each. */
export const notesOf = (host: HostSurvey, behind: Readonly<Record<string, string>>): readonly string[] => {
  const { releases, lockHeld, strays, notWritable } = host;
  const newest = releases.at(-1);
  return [
    ...(lockHeld ? [`locked${ownerOf(host)}`] : []),
    ...(host.host in behind ? [`left behind: ${behind[host.host] ?? ''}`] : []),
    ...releases
      .filter(({ locked, steps = [] }) => locked && !steps.some(isRunning))
      .map(({ name }) => `building ${name}`),
    ...stepsOf(host),
    ...releases
      .filter((release) => isUnfinished(host, release))
      .slice(-1)
      .map(({ name }) => `unfinished ${name}`),
    ...releases
      .filter((release) => isHeld(host, release))
      .map((release) => `${release.name} ${isHeldOver(host, release) ? 'is' : 'was'} held ready`),
    ...(newest?.journalTooNew === true ? [`the journal of ${newest.name} is of a newer fabwright`] : []),
    ...(newest !== undefined && newest.journalGarbage > 0
      ? [`the journal of ${newest.name} has ${lines(newest.journalGarbage)} that cannot be read`]
      : []),
    ...(notWritable === undefined ? [] : [`${host.user} may not write to ${notWritable}`]),
    ...(strays.length === 0 ? [] : [`no release of ours in releases/: ${strays.slice(0, 3).join(', ')}`]),
    ...clockOf(host),
  ];
};

type Release = HostSurvey['releases'][number];

/** Begun by a run that is over, and newer than what is live: a resume goes on with it. */
export const isUnfinished = (host: HostSurvey, { name, locked, record }: Release): boolean =>
  !locked && record?.state === 'building' && name > liveOn(host);

/** Made ready by `--hold`, and not yet published. */
export const isHeld = (host: HostSurvey, { name, record, journal }: Release): boolean =>
  record?.heldOver !== undefined && name > liveOn(host) && !journal.some(({ step }) => step === 'release.publish');

/** It is published only over what was live when it was made ready. The ancestor's links are absolute. */
export const isHeldOver = ({ current }: HostSurvey, { record }: Release): boolean =>
  record?.heldOver?.replace(/^link (.*\/)?/, '') === (current.kind === 'release' ? current.id : current.kind);

const liveOn = ({ current }: HostSurvey): string => (current.kind === 'release' ? current.id : '');

const isRunning = ({ state }: { readonly state: string }): boolean => state === 'running';

/** A running step can be joined; a lost one is a person's to decide. */
const stepsOf = ({ releases }: HostSurvey): readonly string[] =>
  releases.flatMap(({ name, steps = [] }) =>
    steps
      .filter(({ state }) => state === 'running' || state === 'lost')
      .map(({ step, state, since }) =>
        state === 'running'
          ? `${step} of ${name} runs since ${time(new Date(since * 1000))}`
          : `${step} of ${name} was lost: nothing says how it ended`,
      ),
  );

const ownerOf = ({ owner }: HostSurvey): string => {
  try {
    const { user, machine, task } = JSON.parse(owner ?? '') as Readonly<Record<string, unknown>>;
    return typeof user === 'string' ? ` by ${user} on ${String(machine)}: ${String(task)}` : '';
  } catch {
    return ''; // The lock counts, not what is written beside it.
  }
};

const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);

/** A wrong clock decides nothing here, but troubles logs, certificates and services. */
const clockOf = ({ clockSkewSeconds: skew }: HostSurvey): readonly string[] => {
  const minutes = Math.round(Math.abs(skew) / 60);
  if (minutes < 2) return [];
  const much = minutes >= 120 ? `${(minutes / 60).toFixed(1)} h` : `${minutes} min`;
  return [`its clock is ${much} ${skew > 0 ? 'ahead' : 'behind'}`];
};
