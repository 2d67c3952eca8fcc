import {
  list,
  operation,
  text,
  type AnyOperation,
  type ByHost,
  type During,
  type Param,
  type Role,
  type Session,
  type Step,
} from '../api.ts';
import { lingeringWords, processesOf } from './lingering.ts';
import { isOwn, nameSettings, type NameSettings } from './program-names.ts';
import { pausing } from './program-pause.ts';
import { isUp, supervisorOn, supervisorSettings, type SupervisorSettings } from './supervisorctl.ts';

export interface ProgramGroupOptions {
  /** `celery`: the steps are `celery.stop` and `celery.start`. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** A program whose name holds one of these belongs to the group; the setting `<name>_programs` replaces them. */
  readonly programs: readonly string[];
}

/** What is done to a group, as the steps of a task: which programs are meant comes first. */
export interface ProgramGroup {
  /** Stops what runs, until somebody starts it. */
  readonly stop: readonly AnyOperation[];
  /** Starts what does not run. */
  readonly start: readonly AnyOperation[];
  /** Stops what runs and starts all of it, with the configuration of the live release. */
  readonly restart: readonly AnyOperation[];
  /** Stopped for these steps, then exactly what was stopped is started again, however they end. */
  around(steps: readonly Step[]): During;
}

/** All programs of the group on one host, and those that are meant. */
type Chosen = Readonly<{ all: readonly string[]; meant: readonly string[] }>;

interface Acting {
  readonly host: Session;
  readonly needs: { readonly chosen: ByHost<Chosen> };
  readonly params: { readonly only: string | undefined };
  readonly settings: SupervisorSettings;
  readonly say: (sentence: string) => void;
}

/** Programs of supervisord that are started and stopped together, found by their names. */
export const programGroup = ({ name, roles, programs }: ProgramGroupOptions): ProgramGroup => {
  const key = `${name}_programs`;
  const listing: Readonly<Record<string, Param<readonly string[]>>> = {
    [key]: list({ description: `what the names of ${name}'s programs hold`, default: programs }),
  };
  const settings = { ...supervisorSettings, ...nameSettings, ...listing };
  /** `listing` has no key that the types know. */
  const partsIn = (given: NameSettings): readonly string[] =>
    (given as NameSettings & Readonly<Record<string, readonly string[]>>)[key] ?? programs;
  const names = (all: readonly string[], given: NameSettings): readonly string[] =>
    all.filter((each) => isOwn(given, each) && partsIn(given).some((part) => each.includes(part)));

  const only = text({
    description: 'these programs only, by the end of their names, with commas between them',
    placeholder: 'NAME,…',
  });

  const chosen = operation({
    name: `${name}.programs`,
    roles,
    params: { only },
    settings,
    run: async ({ host, params, settings: given }): Promise<Chosen> => {
      const all = names(
        (await supervisorOn(host, given).status()).map((each) => each.name),
        given,
      );
      const wanted = wantedBy(params.only);
      return {
        all,
        meant: wanted === undefined ? all : all.filter((each) => wanted.some((end) => isCalled(each, end))),
      };
    },
  });

  /** What is meant on this host. A name that is nobody's is said before anything is touched. */
  const meantOn = ({ host, needs, params }: Acting): readonly string[] => {
    const everywhere = needs.chosen.values.flatMap(({ all }) => all);
    const nobodys = wantedBy(params.only)?.find((end) => !everywhere.some((each) => isCalled(each, end)));
    if (nobodys === undefined) return needs.chosen.on(host)?.meant ?? [];
    const there = [...new Set(everywhere)].sort().join(', ');
    throw new Error(`No host has a program ${nobodys} of ${name}; there are: ${there === '' ? 'none' : there}.`);
  };

  const acting = (verb: string, act: (context: Acting) => Promise<readonly string[]>): readonly AnyOperation[] => [
    chosen,
    operation({ name: `${name}.${verb}`, roles, needs: { chosen }, params: { only }, settings, run: act }),
  ];

  return {
    stop: acting('stop', async (context) => {
      const stopped = await stopUp(context, meantOn(context));
      context.say(stopped.length === 0 ? 'nothing of it runs' : `stopped ${stopped.join(', ')}`);
      return stopped;
    }),
    start: acting('start', async (context) => {
      const supervisor = supervisorOn(context.host, context.settings);
      const meant = meantOn(context);
      const idle = (await supervisor.status())
        .filter((each) => meant.includes(each.name) && !isUp(each))
        .map((each) => each.name);
      await supervisor.start(idle);
      context.say(idle.length === 0 ? 'all of it runs already' : `started ${idle.join(', ')}`);
      return idle;
    }),
    restart: acting('restart', async (context) => {
      const supervisor = supervisorOn(context.host, context.settings);
      const meant = meantOn(context);
      await stopUp(context, meant);
      const changed = await supervisor.update((each) => meant.includes(each));
      await supervisor.start(meant.filter((each) => !changed.includes(each)));
      context.say(meant.length === 0 ? 'none of it is here' : `restarted ${meant.join(', ')}`);
      return meant;
    }),
    around: pausing({ name, roles, listing, names }),
  };
};

const wantedBy = (only: string | undefined): readonly string[] | undefined =>
  only
    ?.split(',')
    .map((end) => end.trim())
    .filter((end) => end !== '');

/** `celery_bulk_0`, and `bulk_0`, for `commcare-hq-production-celery_bulk_0`. */
const isCalled = (program: string, name: string): boolean =>
  program === name || (program.endsWith(name) && /[-_:]/.test(program.at(-name.length - 1) ?? ''));

const stopUp = async (
  { host, settings, say }: Pick<Acting, 'host' | 'settings' | 'say'>,
  meant: readonly string[],
): Promise<readonly string[]> => {
  const supervisor = supervisorOn(host, settings);
  const running = (await supervisor.status())
    .filter((each) => isUp(each) && meant.includes(each.name))
    .map((each) => each.name);
  await supervisor.stop(running);
  const words = lingeringWords(await processesOf(host, settings, running));
  if (words !== undefined) say(words);
  return running;
};
