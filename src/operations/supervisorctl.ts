import { setTimeout as pause } from 'node:timers/promises';
import { sh, text, words, type Failure, type Session } from '../api.ts';

/** Settings of every operation that talks to supervisord. */
export const supervisorSettings = {
  supervisorctl: text({ description: 'how supervisorctl is called', default: 'supervisorctl' }),
  supervisor_user: text({
    description: 'the user that calls it; empty: the user of every other command',
    default: 'root',
  }),
} as const;

/** A type, not an interface: it is part of what operations return as JSON. */
export type SupervisorSettings = Readonly<Record<'supervisorctl' | 'supervisor_user', string>>;

/** One program as `supervisorctl status` shows it. */
export interface ProgramStatus {
  /** `name`, or `group:name` where the two differ. */
  readonly name: string;
  readonly state: string;
  readonly description: string;
}

const states = ['STOPPED', 'STARTING', 'RUNNING', 'BACKOFF', 'STOPPING', 'EXITED', 'FATAL', 'UNKNOWN'];
const up: readonly string[] = ['RUNNING', 'STARTING', 'BACKOFF'];

export const isUp = ({ state }: ProgramStatus): boolean => up.includes(state);

/**
 * Reads what `supervisorctl status` prints.
 * @throws Error with the line that is none of a program's: supervisord does not answer.
 */
export const parseStatus = (output: string): readonly ProgramStatus[] =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, state, description] = /^(\S+)\s+([A-Z]+)(?:\s+(.*))?$/.exec(line.trimEnd()) ?? [];
      if (name === undefined || state === undefined || !states.includes(state))
        throw new Error(`supervisorctl says: ${line.trim()}`);
      return { name, state, description: description ?? '' };
    });

/** Reads what `supervisorctl reread` prints: names of the groups that differ from what runs. */
export const parseReread = (output: string): readonly string[] =>
  output.split('\n').flatMap((line) => {
    const [, name, what] = /^(\S+): (.+)$/.exec(line.trim()) ?? [];
    if (name === undefined) return [];
    if (what === 'available' || what === 'changed' || what === 'disappeared') return [name];
    // «ERROR: CANT_REREAD: …» is printed where the answer should be.
    throw new Error(`supervisorctl says: ${line.trim()}`);
  });

/** How many supervisorctl run at once on a host. */
const atATime = 8;
/** How long a program may take until it counts as started. */
const settleSeconds = 60;

/** `group:program`, or the program's name where it is a group of its own. */
const groupOf = (name: string): string => name.split(':')[0] ?? name;

/** supervisord on one host, as its operations see it. */
export interface Supervisor {
  /** Every program; fails where supervisord does not answer. */
  status(): Promise<readonly ProgramStatus[]>;
  /** Any supervisorctl command. */
  control(...args: readonly string[]): Promise<void>;
  start(names: readonly string[]): Promise<void>;
  stop(names: readonly string[]): Promise<void>;
  /** Those of these programs that do not run, when what still stops has stopped: only then can they be started. */
  idle(names: readonly string[]): Promise<readonly ProgramStatus[]>;
  /** Those of these programs whose configuration on disk is not the one that runs. */
  changed(is: (name: string) => boolean): Promise<readonly string[]>;
  /** Applies changed configuration to these programs and waits until they run; answers which have changed. */
  update(is: (name: string) => boolean): Promise<readonly string[]>;
}

/** What supervisorctl said instead of a status; a lost connection or a cancelled run stays what it is. */
const unreachable = (host: string, thrown: unknown): unknown => {
  const { failure, message } = thrown as { readonly failure?: Failure; readonly message: string };
  if (failure !== undefined && failure.reason !== 'command') return thrown;
  const said = failure?.output.trim().split('\n').at(-1);
  return new Error(`supervisord on ${host} does not answer: ${said ?? message}`);
};

/** The door to supervisord on a host. */
export const supervisorOn = (session: Session, settings: SupervisorSettings): Supervisor => {
  const host = settings.supervisor_user === '' ? session : session.as(settings.supervisor_user);
  const call = words(settings.supervisorctl);
  const control = (...args: readonly string[]): Promise<void> => host.run(sh`${call} ${args}`);
  // 3 says that not everything runs, which is an answer here.
  const status = async (): Promise<readonly ProgramStatus[]> => {
    try {
      return parseStatus(await host.read(sh`${call} status || [ $? -eq 3 ]`));
    } catch (thrown) {
      throw unreachable(session.name, thrown);
    }
  };
  const differing = async (is: (name: string) => boolean): Promise<readonly string[]> =>
    parseReread(await host.read(sh`${call} reread`)).filter(is);
  const together = async (verb: string, names: readonly string[]): Promise<void> => {
    if (names.length <= 1) return names.length === 0 ? undefined : control(verb, ...names);
    // supervisorctl itself waits for each program before it goes on to the next.
    const each = Math.ceil(names.length / atATime);
    await host.run(sh`printf '%s\n' ${names} | xargs -P ${atATime} -n ${each} ${call} ${verb}`);
  };
  return {
    control,
    status,
    start: (names) => together('start', names),
    stop: (names) => together('stop', names),
    idle: async (names) => {
      const limit = Date.now() + settleSeconds * 1000;
      for (;;) {
        const found = (await status()).filter((each) => names.includes(each.name) && !isUp(each));
        if (!found.some(({ state }) => state === 'STOPPING') || Date.now() > limit) return found;
        await pause(300);
      }
    },
    changed: differing,
    update: async (is) => {
      const changed = await differing(is);
      if (changed.length > 0) await control('update', ...changed);
      const limit = Date.now() + settleSeconds * 1000;
      let starting = changed.length > 0;
      while (starting) {
        const all = (await status()).filter(({ name }) => changed.includes(groupOf(name)));
        const broken = all.filter(({ state }) => ['BACKOFF', 'FATAL', 'UNKNOWN'].includes(state));
        if (broken.length > 0)
          throw new Error(broken.map(({ name, state, description }) => `${name}: ${state} ${description}`).join('; '));
        starting = all.some(({ state }) => state === 'STARTING') && Date.now() < limit;
        if (starting) await pause(300);
      }
      return changed;
    },
  };
};
