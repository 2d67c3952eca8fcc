import { operation, sh, text, type Host, type Inventory, type Processes, type Role, type Session } from '../api.ts';
import { lineDiff } from './line-diff.ts';
import { formplayerProgram, isService, nameSettings, type NameSettings } from './program-names.ts';
import { configText, type Program } from './supervisor-config.ts';
import { isUp, supervisorOn, supervisorSettings, type ProgramStatus, type Supervisor } from './supervisorctl.ts';

/** What a template may look at: one host, and all that the environment says. */
export interface TemplateView {
  readonly host: Host;
  readonly inventory: Inventory;
  readonly processes: Processes;
  readonly names: NameSettings;
  readonly root: string;
  /** `<root>/current`: what programs run from, so that their configuration outlives a release. */
  readonly current: string;
  readonly log: string;
  /** The user that programs run as. */
  readonly user: string;
  readonly cpus: number;
  /** The command lines of the settings that the template declares. */
  readonly commands: Readonly<Record<string, string>>;
}

/** Programs for the hosts of some roles, as one file of supervisord's configuration. */
export interface ProgramTemplate {
  /** `django.conf`; the file gets the name of the environment in front. */
  readonly file: string;
  readonly roles: readonly Role[];
  /** Settings with command lines, by key, and what they are where they are not given. */
  readonly commands: Readonly<Record<string, string>>;
  programs(view: TemplateView): readonly Program[];
}

export interface SupervisorOptions {
  readonly templates: readonly ProgramTemplate[];
  /** Hosts with supervisord and releases. */
  readonly roles: readonly Role[];
  /** Hosts whose programs must not all restart at once: `apply` leaves them to others. */
  readonly rolling?: Role;
}

const folder = 'services/supervisor';

/** The configuration of supervisord, rendered from templates into a release. */
export const supervisorOperations = ({ templates, roles, rolling }: SupervisorOptions) => {
  const lines = Object.fromEntries(
    templates.flatMap(({ commands }) =>
      Object.entries(commands).map(([key, line]) => [
        key,
        text({ description: 'the command line of programs; empty: no such program', default: line }),
      ]),
    ),
  );

  return {
    /** Writes what belongs on this host, removes what does not any more, and shows the difference to what is live. */
    render: operation({
      name: 'supervisor.render',
      roles,
      uses: [...new Set(templates.flatMap((template) => template.roles))],
      settings: { ...nameSettings, ...lines },
      run: async ({ host, others, release, live, layout, run, settings, say }) => {
        const { inventory, processes } = run;
        const [user = '', cpus = '1'] = (await host.read(sh`id -un; nproc`)).split('\n');
        const view: TemplateView = {
          ...{ host, inventory, processes, names: settings, root: layout.root, current: layout.current },
          ...{ log: layout.log, user, cpus: Number(cpus), commands: commandsIn(settings) },
        };
        const wanted = new Map(
          templates
            .filter((template) => template.roles.some((role) => others(role).some(({ name }) => name === host.name)))
            .filter(({ file }) => !isBlocked(file, view))
            .map((template) => [fileName(settings, template), template.programs(view)] as const)
            .filter(([, programs]) => programs.length > 0)
            .map(([file, programs]) => [file, configText(programs)] as const),
        );
        const ours = templates.map((template) => fileName(settings, template));
        const before = await filesIn(host, `${live?.path ?? release.path}/${folder}`, ours);
        const there = `${release.path}/${folder}`;
        await host.run(sh`mkdir -p ${there}`);
        for (const file of ours) {
          const [old = '', young = ''] = [before.get(file), wanted.get(file)];
          if (young === '') await host.run(sh`rm -f ${there}/${file}`);
          else await host.put(young, `${there}/${file}`);
          const difference = lineDiff(old, young);
          if (difference.length > 0) say([`${folder}/${file}:`, ...difference].join('\n'));
        }
        return [...wanted.keys()];
      },
    }),

    /** Makes supervisord read its files again; only programs whose configuration has changed restart. */
    apply: operation({
      name: 'supervisor.apply',
      roles,
      uses: rolling === undefined ? [] : [rolling],
      settings: { ...supervisorSettings, ...nameSettings },
      run: async ({ host, others, settings, say }) => {
        const supervisor = supervisorOn(host, settings);
        const formplayer = await applyFormplayer(supervisor, formplayerProgram(settings));
        if (rolling !== undefined && others(rolling).some(({ name }) => name === host.name)) return formplayer;
        const changed = [...formplayer, ...(await supervisor.update((name) => isService(settings, name)))];
        say(changed.length === 0 ? 'no program has changed' : `changed: ${changed.join(', ')}`);
        return changed;
      },
    }),
  };
};

/** It is not started with its supervisord, and so not with its new configuration either: what was up is started. */
const applyFormplayer = async (supervisor: Supervisor, program: string): Promise<readonly string[]> => {
  const isProgram = ({ name }: ProgramStatus): boolean => name === program;
  const wasUp = (await supervisor.status()).filter(isProgram).some(isUp);
  const changed = await supervisor.update((name) => name === program);
  const isThere = wasUp && changed.length > 0 && (await supervisor.status()).some(isProgram);
  if (isThere) await supervisor.start([program]);
  return changed;
};

const fileName = ({ deploy_env }: NameSettings, { file }: ProgramTemplate): string => `${deploy_env}_${file}`;

const isBlocked = (file: string, { processes }: TemplateView): boolean => {
  const list = processes.other['service_blacklist'];
  return Array.isArray(list) && list.includes(file);
};

const commandsIn = (settings: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, line]) => (typeof line === 'string' ? [[key, line]] : [])),
  );

/** Those of these files that are there, with their content. */
const filesIn = async (
  host: Session,
  directory: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const name of names) {
    const path = `${directory}/${name}`;
    const content = await host.read(sh`if [ -e ${path} ]; then cat ${path}; fi`);
    if (content !== '') found.set(name, `${content}\n`);
  }
  return found;
};
