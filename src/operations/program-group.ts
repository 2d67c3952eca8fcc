import {
  during,
  list,
  operation,
  sh,
  type ByHost,
  type During,
  type Operation,
  type Param,
  type Role,
  type Session,
  type Step,
} from '../api.ts';
import { isOwn, nameSettings, type NameSettings } from './program-names.ts';
import {
  isUp,
  supervisorOn,
  supervisorSettings,
  type ProgramStatus,
  type SupervisorSettings,
} from './supervisorctl.ts';

export interface ProgramGroupOptions {
  /** `celery`: the steps are `celery.stop` and `celery.start`. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** A program whose name holds one of these belongs to the group; the setting `<name>_programs` replaces them. */
  readonly programs: readonly string[];
}

export interface ProgramGroup {
  /** Stops what runs, until somebody starts it. */
  readonly stop: Operation<readonly string[], false>;
  /** Starts every program of the group that does not run. */
  readonly start: Operation<readonly string[], false>;
  /** Stopped for these steps, then exactly what was stopped is started again, however they end. */
  around(steps: readonly Step[]): During;
}

/** What was stopped on one host, with all that is needed to start it again without the settings. */
type Stopped = SupervisorSettings & {
  readonly programs: readonly string[];
  /** The file on the host that says the same, should nobody hear of it. */
  readonly note: string;
};

type Listing = Readonly<Record<string, Param<readonly string[]>>>;

/** Programs of supervisord that are started and stopped together, found by their names. */
export const programGroup = ({ name, roles, programs }: ProgramGroupOptions): ProgramGroup => {
  const key = `${name}_programs`;
  const listing: Listing = {
    [key]: list({ description: `what the names of ${name}'s programs hold`, default: programs }),
  };
  const settings = { ...supervisorSettings, ...nameSettings, ...listing };
  /** `Listing` has no key that the types know. */
  const partsIn = (given: NameSettings): readonly string[] =>
    (given as NameSettings & Readonly<Record<string, readonly string[]>>)[key] ?? programs;
  const namesOf = (
    all: readonly ProgramStatus[],
    given: NameSettings,
    is: (each: ProgramStatus) => boolean,
  ): readonly string[] =>
    all
      .filter((each) => is(each) && isOwn(given, each.name) && partsIn(given).some((part) => each.name.includes(part)))
      .map((each) => each.name);

  const stop = operation({
    name: `${name}.stop`,
    roles,
    settings,
    run: async ({ host, settings: given, say }) => {
      const supervisor = supervisorOn(host, given);
      const running = namesOf(await supervisor.status(), given, isUp);
      await supervisor.stop(running);
      say(running.length === 0 ? `nothing of ${name} runs` : `stopped ${running.join(', ')}`);
      return running;
    },
  });

  const start = operation({
    name: `${name}.start`,
    roles,
    settings,
    run: async ({ host, settings: given, say }) => {
      const supervisor = supervisorOn(host, given);
      const idle = namesOf(await supervisor.status(), given, (each) => !isUp(each));
      await supervisor.start(idle);
      say(idle.length === 0 ? `all of ${name} runs already` : `started ${idle.join(', ')}`);
      return idle;
    },
  });

  const pause = operation({
    name: `${name}.pause`,
    roles,
    settings,
    run: async ({ host, release, layout, settings: given, signal, say }): Promise<Stopped> => {
      const how = supervisorPart(given);
      const supervisor = supervisorOn(host, how);
      const note = `${layout.private(release.id)}/paused-${name}`;
      const noted = (await host.read(sh`cat ${note} 2>/dev/null || :`)).split('\n').filter((line) => line !== '');
      const running = namesOf(await supervisor.status(), given, isUp);
      const stopped = { ...how, programs: [...new Set([...noted, ...running])], note };
      // On disk before anything stops: a controller killed in between leaves the word to the next one.
      if (stopped.programs.length > 0) await host.put(`${stopped.programs.join('\n')}\n`, note);
      try {
        await supervisor.stop(running);
      } catch (thrown) {
        // Cancelled half-way: what we return is what will be started again.
        if (signal.aborted) return stopped;
        await startAgain(stopped, host).catch(() => undefined);
        throw thrown;
      }
      say(stopped.programs.length === 0 ? `nothing of ${name} runs` : `stopped ${stopped.programs.join(', ')}`);
      return stopped;
    },
  });

  return {
    stop,
    start,
    around: (steps) =>
      during(
        {
          stop: pause,
          start: async (stopped: ByHost<Stopped>, host) => {
            const mine = stopped.on(host);
            if (mine !== undefined) await startAgain(mine, host);
          },
        },
        steps,
      ),
  };
};

const supervisorPart = ({ supervisorctl, supervisor_user }: SupervisorSettings): SupervisorSettings => ({
  supervisorctl,
  supervisor_user,
});

const startAgain = async ({ programs, note, ...how }: Stopped, host: Session): Promise<void> => {
  if (programs.length === 0) return;
  const supervisor = supervisorOn(host, how);
  const idle = (await supervisor.status()).filter((each) => programs.includes(each.name) && !isUp(each));
  await supervisor.start(idle.map((each) => each.name));
  await host.run(sh`rm -f ${note}`);
};
