import { setTimeout as pause } from 'node:timers/promises';
import {
  count,
  during,
  notYet,
  operation,
  type ByHost,
  type During,
  type Param,
  type Role,
  type Session,
  type Step,
} from '../api.ts';
import { processesOf } from './lingering.ts';
import { nameSettings, type NameSettings } from './program-names.ts';
import { isUp, supervisorOn, supervisorSettings, type SupervisorSettings } from './supervisorctl.ts';

/** What was stopped on one host, with all that is needed to start it again without the settings. */
type Stopped = SupervisorSettings & { readonly programs: readonly string[] };

export interface PauseOptions {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Settings that `names` reads. */
  readonly listing: Readonly<Record<string, Param<readonly string[]>>>;
  /** Which of these programs are meant. */
  readonly names: (programs: readonly string[], given: NameSettings) => readonly string[];
}

const tasksTimeout = count({
  description: 'seconds that a migration waits for tasks which still run',
  default: 300,
  min: 0,
});

/**
 * Stops what runs for some steps, and starts exactly that again, however they end. What stops is in the
 * journal before anything does: tasks may take minutes to end, and the next run starts what a killed one left.
 */
export const pausing = ({ name, roles, listing, names }: PauseOptions): ((steps: readonly Step[]) => During) => {
  const stop = operation({
    name: `${name}.pause`,
    roles,
    settings: { ...supervisorSettings, ...nameSettings, ...listing, tasks_timeout: tasksTimeout },
    run: async ({ host, settings: given, signal, say, willStop }): Promise<Stopped> => {
      const how = supervisorPart(given);
      const supervisor = supervisorOn(host, how);
      const up = (await supervisor.status()).filter(isUp).map((each) => each.name);
      const stopped = { ...how, programs: names(up, given) };
      await willStop(stopped);
      await supervisor.stop(stopped.programs);
      say(stopped.programs.length === 0 ? `nothing of ${name} runs` : `stopped ${stopped.programs.join(', ')}`);
      await awaitEnd(host, { ...how, within: given.tasks_timeout, programs: stopped.programs, signal });
      return stopped;
    },
  });

  return (steps) =>
    during(
      {
        stop,
        start: async (stopped: ByHost<Stopped>, host) => {
          const mine = stopped.on(host);
          if (mine !== undefined) await startAgain(mine, host);
        },
      },
      steps,
    );
};

const supervisorPart = ({ supervisorctl, supervisor_user }: SupervisorSettings): SupervisorSettings => ({
  supervisorctl,
  supervisor_user,
});

const startAgain = async ({ programs, ...how }: Stopped, host: Session): Promise<void> => {
  if (programs.length === 0) return;
  const supervisor = supervisorOn(host, how);
  const idle = await supervisor.idle(programs);
  await supervisor.start(idle.map((each) => each.name));
};

interface Waiting extends SupervisorSettings {
  readonly programs: readonly string[];
  /** Seconds. */
  readonly within: number;
  readonly signal: AbortSignal;
}

/** Workers that shut down warm are at work after supervisord has stopped them: nothing migrates beside them. */
const awaitEnd = async (host: Session, { programs, within, signal, ...how }: Waiting): Promise<void> => {
  const end = Date.now() + within * 1000;
  for (;;) {
    const left = await processesOf(host, how, programs);
    if (left.length === 0 || signal.aborted) return;
    if (Date.now() >= end) {
      const still = [...new Set(left.map(({ program }) => program))].join(', ');
      throw notYet(
        `Tasks of ${still} still run on ${host.name} after ${within} s, and nothing migrates beside them; tasks_timeout says how long to wait.`,
      );
    }
    await pause(500);
  }
};
