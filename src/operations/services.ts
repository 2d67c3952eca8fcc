import { operation, text, words, type Param, type Role } from '../api.ts';
import { nameSettings } from './program-names.ts';
import { programGroup } from './program-group.ts';
import { restartPrograms } from './restart-programs.ts';
import type { RollingOptions } from './rolling-options.ts';
import { rollingOperations } from './rolling.ts';
import { supervisorOn, supervisorSettings } from './supervisorctl.ts';

export interface ServiceOptions extends RollingOptions {
  readonly celery: Role;
  readonly pillowtop: Role;
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
export const serviceOperations = (options: ServiceOptions) => {
  const { web, celery, pillowtop, all } = options;
  const rolling = rollingOperations(options);

  /** Everything but web workers (they go one after the other) and formplayer (which has its own deploy). */
  const restartOthers = operation({
    name: 'services.restart',
    roles: all,
    restarts: true,
    uses: [web],
    settings: { ...supervisorSettings, ...nameSettings },
    run: async ({ host, others, settings: given, say }) => {
      if (!others(web).some(({ name }) => name === host.name)) await restartPrograms(host, given, say);
    },
  });

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

    /** All programs, web workers some at a time, each back in service before the next ones go. */
    restart: rolling.around(all, [restartOthers, rolling.restartWeb, rolling.soak]),
    /** Before that, and before a publish that ends with it: what would stop it later stops it here. */
    ready: rolling.ready(all),
    /** Web workers only. */
    restartWeb: rolling.around([web], [rolling.restartWeb, rolling.soak]),
    readyWeb: rolling.ready([web]),
    /** Web workers whose configuration has changed, some at a time. */
    applyWeb: rolling.around([web], [rolling.applyWeb, rolling.soak]),
  };
};
