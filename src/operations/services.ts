import { http, operation, text, words, type Param, type Role, type Session } from '../api.ts';
import { formplayerProgram, isOwn, nameSettings, type NameSettings } from './program-names.ts';
import { programGroup } from './program-group.ts';
import { isUp, supervisorOn, supervisorSettings, type SupervisorSettings } from './supervisorctl.ts';

/** How a web worker is taken out of the load balancer while it restarts. */
export interface Drain {
  out(host: Session, proxies: readonly Session[]): Promise<void>;
  /** Also after a failure, so that no worker stays out unnoticed. */
  in(host: Session, proxies: readonly Session[]): Promise<void>;
}

export interface ServiceOptions {
  readonly web: Role;
  readonly celery: Role;
  readonly pillowtop: Role;
  /** Where a load balancer could be told that a web worker is away. */
  readonly proxies: Role;
  /** Every host with programs of supervisord. */
  readonly all: readonly Role[];
  /** Of how many web workers at a time the restart is; default 25%. */
  readonly batch?: number | `${number}%`;
  readonly drain?: Drain;
}

const controlLine: Param<string> = {
  ...text({
    description: 'the words after supervisorctl, quoted as in a shell',
    positional: true,
    required: true,
    placeholder: 'COMMAND',
  }),
  read: (value) => {
    try {
      return words(String(value)).length === 0
        ? { ok: false, failure: 'must not be empty' }
        : { ok: true, value: String(value) };
    } catch (thrown) {
      return { ok: false, failure: `cannot be read: ${(thrown as Error).message}` };
    }
  },
};

/** The programs of supervisord, on the hosts of a fleet. */
export const serviceOperations = ({ web, celery, pillowtop, proxies, all, batch = '25%', drain }: ServiceOptions) => {
  const settings = { ...supervisorSettings, ...nameSettings };
  return {
    /** Any supervisorctl command on every host with programs. */
    control: operation({
      name: 'services.supervisorctl',
      roles: all,
      params: { command: controlLine },
      settings: supervisorSettings,
      run: async ({ host, params, settings: given }) => {
        const [verb = '', ...rest] = words(params.command);
        const supervisor = supervisorOn(host, given);
        // A program that does not run makes `status` end with 3: an answer, not a failure.
        if (verb === 'status' && rest.length === 0) await supervisor.status();
        else await supervisor.control(verb, ...rest);
      },
    }),

    celery: programGroup({ name: 'celery', roles: [celery], programs: ['celery'] }),
    pillows: programGroup({ name: 'pillow', roles: [pillowtop], programs: ['pillowtop'] }),

    /** Everything but web workers (they go one after the other) and formplayer (which has its own deploy). */
    restartOthers: operation({
      name: 'services.restart',
      roles: all,
      restarts: true,
      uses: [web],
      settings,
      run: async ({ host, others, settings: given }) => {
        if (!others(web).some(({ name }) => name === host.name)) await restartAll(host, given);
      },
    }),

    /** Some web workers at a time, each back in service before the next ones go. */
    restartWeb: operation({
      name: 'services.restart-web',
      roles: [web],
      restarts: true,
      uses: [proxies],
      batch,
      settings: { ...settings, health_url: text({ description: 'asked on each web worker after its restart' }) },
      run: async ({ host, others, settings: given }) => {
        const balancers = drain === undefined ? [] : others(proxies);
        await drain?.out(host, balancers);
        try {
          await restartAll(host, given);
          if (given.health_url !== undefined) await http(given.health_url).check(host);
        } finally {
          await drain?.in(host, balancers);
        }
      },
    }),
  };
};

/** Stopping all first is far faster than having `update` stop them one by one. */
const restartAll = async (host: Session, settings: SupervisorSettings & NameSettings): Promise<void> => {
  const supervisor = supervisorOn(host, settings);
  const isMeant = (name: string): boolean => isOwn(settings, name) && name !== formplayerProgram(settings);
  const before = (await supervisor.status()).filter(({ name }) => isMeant(name));
  await supervisor.stop(before.filter(isUp).map(({ name }) => name));
  const changed = await supervisor.update(isMeant);
  // What has changed runs already, or is gone.
  const after = changed.length === 0 ? before : (await supervisor.status()).filter(({ name }) => isMeant(name));
  await supervisor.start(after.filter(({ name }) => !changed.includes(name)).map(({ name }) => name));
};
