import { findEnvironments } from '../environment/find-environments.ts';
import { paramsOf } from '../plan/params.ts';
import { environmentsFolder } from '../program/environments-folder.ts';
import { loadTasks } from '../program/load-tasks.ts';
import { toolVersion } from '../program/version.ts';
import { parseCommandLine } from './argv/command-line.ts';
import { environmentIn, parseGlobals, type Globals } from './argv/globals.ts';
import { readSettingPairs } from './argv/settings.ts';
import { shapeNamed, shapeOf, type CommandShape } from './argv/shape.ts';
import type { Desk } from './carry-out.ts';
import { commands } from './commands.ts';
import { bringUpDemo } from './demo-fleet.ts';
import { helpText, taskHelp, usageText } from './help.ts';
import { initShape } from './init.ts';
import { taskList, taskListJson } from './list.ts';
import { outputFor, type Output } from './output.ts';
import { overview, rolesIn } from './overview.ts';
import { refuse } from './refuse.ts';
import { traceFile } from './trace-file.ts';

/** argv → exit status. Everything a person typed is checked before anything is connected to. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const globals = parseGlobals(argv);
  if (!globals.ok) return refuse(outputFor({ json: false, quiet: false, verbose: false }), globals.failure);
  const output = outputFor(globals.value);
  if (globals.value.version) {
    output.print(await toolVersion());
    return 0;
  }
  const folder = environmentsFolder(globals.value.environments);
  const environments = await findEnvironments(folder);
  const { words, help, list } = globals.value;
  if (words.length === 0 && globals.value.rest.length === 0 && !list) {
    output.print(help ? helpText() : usageText(environments, folder));
    return help ? 0 : 2;
  }
  // What follows `init` are its answers, the name of an environment among them.
  const standsAlone = commands.some((each) => each.name === words[0] && !each.needsEnvironment);
  const name = standsAlone ? undefined : environmentIn(globals.value, environments);
  return name !== undefined && environments.includes(name)
    ? inEnvironment(globals.value, output, name, folder, environments)
    : withoutEnvironment(globals.value, output, folder, environments);
};

/** `fab -l`, `fab deploy --help`, `fab init`, and every line whose environment is missing or unknown. */
const withoutEnvironment = async (
  globals: Globals,
  output: Output,
  folder: string,
  environments: readonly string[],
): Promise<number> => {
  const tasks = await loadTasks({ fabfile: globals.fabfile });
  if (!tasks.ok) return refuse(output, tasks.failure);
  const shapes = tasks.value.map((each) => shapeOf(each, paramsOf(each)));
  if (globals.list) return showList(output, shapes);
  const line = await parseCommandLine(globals.rest, { environments, tasks: shapes, commands, help: globals.help });
  if (!line.ok) return refuse(output, line.failure);
  const [first] = line.value.tasks;
  if (globals.help) {
    const shape = first === undefined ? undefined : shapeNamed([...shapes, ...commands], first.task);
    output.print(shape === undefined ? helpText() : taskHelp(shape));
    return 0;
  }
  if (first?.task === initShape.name) {
    const { init } = await import('./init-command.ts');
    return init(first.given, folder, [...shapes, ...commands].flatMap(namesOf), output);
  }
  output.complain(usageText(environments, folder));
  return 2;
};

const inEnvironment = async (
  globals: Globals,
  output: Output,
  name: string,
  folder: string,
  environments: readonly string[],
): Promise<number> => {
  // Reading an environment is a good part of the program: `fab -l` and `--help` do without it.
  const [{ settingKeys }, { load }] = await Promise.all([
    import('../environment/index.ts'),
    import('../program/load.ts'),
  ]);
  await bringUpDemo(`${folder}/${name}`);
  const set = readSettingPairs(globals.set, settingKeys);
  if (!set.ok) return refuse(output, set.failure);
  const trace = traceFile(globals.trace);
  if (!trace.ok) return refuse(output, trace.failure);
  const loaded = await load({
    environment: name,
    fabfile: globals.fabfile,
    environments: folder,
    set: set.value,
    forks: globals.forks,
  });
  if (!loaded.ok) return refuse(output, loaded.failure);
  trace.value.span('start and load', performance.timeOrigin, Date.now());
  for (const notice of loaded.value.environment.notices) output.note(notice);
  try {
    return await commandLine({ globals, output, loaded: loaded.value, trace: trace.value }, environments);
  } finally {
    await loaded.value.close();
    const unwritten = trace.value.write();
    if (unwritten !== undefined) output.complain(unwritten);
  }
};

const commandLine = async (desk: Desk, environments: readonly string[]): Promise<number> => {
  const { globals, output, loaded } = desk;
  const shapes = loaded.runnables.map((each) => shapeOf(each, paramsOf(each)));
  if (globals.list) return showList(output, shapes);
  const { inventory, name } = loaded.environment;
  const line = await parseCommandLine(globals.rest, {
    environments,
    tasks: shapes,
    commands,
    roles: [...new Set([...rolesIn(loaded.runnables).map((role) => role.name), ...Object.keys(inventory.groups)])],
    hosts: inventory.hosts.map((host) => host.name),
    help: globals.help,
  });
  if (!line.ok) return refuse(output, line.failure);
  const [first] = line.value.tasks;
  if (globals.help && first !== undefined) {
    const shape = shapeNamed([...shapes, ...commands], first.task);
    output.print(shape === undefined ? helpText() : taskHelp(shape, name));
    return 0;
  }
  if (first === undefined) {
    output.print(overview(loaded, shapes, output.width));
    return 0;
  }
  const { carryOut } = await import('./carry-out.ts');
  return carryOut(desk, line.value.tasks);
};

const namesOf = ({ name, aliases }: CommandShape): readonly string[] => [name, ...aliases];

const showList = (output: Output, shapes: readonly CommandShape[]): number => {
  const all = [...shapes, ...commands];
  if (output.json) output.data(taskListJson(all));
  else output.print(taskList(all, output.width === undefined ? {} : { width: output.width }));
  return 0;
};
