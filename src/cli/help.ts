import { shownParams } from '../model/param.ts';
import { globalFlags, type GlobalFlag } from './argv/global-flags.ts';
import {
  flagUsage,
  isPositional,
  isRequiredPositional,
  optionsOf,
  positionalUsage,
  valueOf,
  valuePlaceholder,
  type CommandShape,
  type Option,
} from './argv/shape.ts';
import { canonical } from './argv/spelling.ts';
import { columns, taskList } from './list.ts';

/** What a run's exit status means. */
export const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'done and verified'],
  ['1', 'failed, and every release host is on one known release'],
  ['2', 'usage, settings or plan problem, nothing touched'],
  ['3', 'locked by another run'],
  ['4', 'hosts differ or one could not be asked, named'],
  ['5', 'a gate is not open yet (preindex still running), resume later'],
  ['130, 143, 129', 'interrupted by Ctrl-C, SIGTERM, SIGHUP'],
];

/** `fab --help`. */
export const helpText = (): string =>
  [
    'fab: tasks for one application on several hosts; a release goes live on every host or on none.',
    usage,
    section('Flags that hold for the whole line, anywhere before --', columns(globalFlags.map(globalRow))),
    section('Exit status', `${columns(exitStatuses)}\n\n${remoteStatus}`),
    section('Examples', columns(examples)),
  ].join('\n\n');

/** `fab <env> <task> --help`. */
export const taskHelp = (shape: CommandShape, environment = '<env>'): string => {
  const options = optionsOf(shape);
  const start = ['fab', ...(shape.needsEnvironment ? [environment] : []), shape.name].join(' ');
  const given = options.filter((option) => option.kind === 'param' && option.param.kind !== 'secret');
  const answers = options.filter(({ kind }) => kind === 'answer');
  return [
    `${shape.name}: ${shape.description}`,
    [`Usage: ${usageOf(start, options)}`, ...fabricUsage(start, given), ...aliasLine(shape)].join('\n'),
    ...(given.length === 0 ? [] : [section('Parameters', columns(given.map(optionRow)))]),
    ...(answers.length === 0 ? [] : [section('Questions answered ahead', columns(answers.map(optionRow)))]),
    'fab --help shows the flags that every task takes.',
  ].join('\n\n');
};

/** `fab` alone: how to begin, and what there is to begin with. */
export const usageText = (environments: readonly string[], folder = './environments'): string =>
  [
    usage,
    environments.length === 0
      ? `No environment in ${folder}. Make one with fab init, or name their folder: --environments DIR.`
      : section(`Environments in ${folder}`, environments.map((name) => `  ${name}`).join('\n')),
    'fab --help says more.',
  ].join('\n\n');

/** What `fab <env>` shows, found without any connection. */
export interface EnvironmentOverview {
  readonly name: string;
  readonly hosts: readonly { readonly name: string; readonly groups: readonly string[] }[];
  readonly roles: readonly { readonly name: string; readonly hosts: readonly string[] }[];
  readonly tasks: readonly CommandShape[];
}

/** `fab <env>`: its hosts with their groups, its roles with their hosts, its tasks. */
export const environmentText = (
  { name, hosts, roles, tasks }: EnvironmentOverview,
  { width }: { readonly width?: number } = {},
): string =>
  [
    section(
      `Hosts of ${name}`,
      hosts.length === 0
        ? '  none'
        : columns(hosts.map((host) => [host.name, host.groups.filter(isOwnGroup).join(', ')] as const)),
    ),
    ...(roles.length === 0
      ? []
      : [section('Roles', columns(roles.map((role) => [role.name, role.hosts.join(', ') || 'no host'] as const)))]),
    taskList(tasks, width === undefined ? {} : { width }),
    `fab ${name} <task> --help shows what a task takes.`,
  ].join('\n\n');

const usage = [
  'Usage: fab <env> <task> [its flags] [<task> …]',
  '       fab -l                     every task',
  '       fab <env>                  hosts, roles and tasks of an environment',
  '       fab <env> <task> --help    what a task takes',
  '       fab init                   writes a first environment',
].join('\n');

const remoteStatus = '  manage and run pass the remote status on: the largest one; 125 is a fault of ours.';

const examples: readonly (readonly [typed: string, meaning: string])[] = [
  ['fab production deploy --plan', 'what would happen, and what would ship'],
  ['fab production deploy', 'a new release on every host'],
  ['fab production deploy --resume', 'goes on with the last one'],
  ['fab production deploy:resume=yes', "the same, in Fabric's spelling"],
  ['fab production rollback', 'the release before this one'],
  ["fab production run 'df -h' --limit web", 'a shell line on some hosts'],
  ['fab production manage -- migrate app --noinput', 'words as they are'],
];

const section = (title: string, body: string): string => `${title}:\n${body}`;

const globalRow = ({ name, short, placeholder, description }: GlobalFlag): readonly [string, string] => [
  `${short === undefined ? '' : `-${short}, `}--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
  description,
];

const usageOf = (start: string, options: readonly Option[]): string => {
  const positionals = options.filter(isRequiredPositional).map(positionalUsage);
  const needed = options.filter((option) => !isRequiredPositional(option) && isNeeded(option)).map(flagUsage);
  const hasMore = options.some((option) => !isNeeded(option));
  return [start, ...positionals, ...needed, ...(hasMore ? ['[flags]'] : [])].join(' ');
};

const isNeeded = (option: Option): boolean =>
  option.kind === 'param' &&
  option.param.required === true &&
  option.param.default === undefined &&
  option.param.setting === undefined;

/** The same in Fabric's words, with the first parameter as the example. */
const fabricUsage = (start: string, options: readonly Option[]): readonly string[] => {
  const example = options.find((option) => !isPositional(option));
  const positional = options.find(isRequiredPositional);
  if (positional !== undefined) return [`   or: ${start}:'${positionalUsage(positional)}'`];
  return example === undefined
    ? []
    : [
        `   or: ${start}:${canonical(example.name)}=${valueOf(example) === 'required' ? valuePlaceholder(example) : 'yes'}`,
      ];
};

const aliasLine = ({ aliases }: CommandShape): readonly string[] =>
  aliases.length === 0 ? [] : [`Also called: ${aliases.join(', ')}`];

const optionRow = (option: Option): readonly [string, string] => [
  isRequiredPositional(option) ? positionalUsage(option) : flagUsage(option),
  option.kind === 'answer' ? option.description : `${option.param.description}${notesOf(option)}`,
];

const notesOf = (option: Option & { readonly kind: 'param' }): string => {
  const { default: value, setting, choices, placeholder } = option.param;
  const notes = [
    ...(isNeeded(option) && !isPositional(option) ? ['required'] : []),
    ...(choices !== undefined && placeholder !== undefined ? [`one of ${choices.join(', ')}`] : []),
    ...(isWorthSaying(value) ? [`default ${textOf(value)}`] : []),
    ...(setting === undefined ? [] : [`setting ${setting}`]),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
};

const isWorthSaying = (value: unknown): boolean =>
  value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);

const textOf = (value: unknown): string => {
  const shown = shownParams({ value });
  const plain = shown !== null && typeof shown === 'object' && 'value' in shown ? shown['value'] : undefined;
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
};

const isOwnGroup = (group: string): boolean => group !== 'all' && group !== 'ungrouped';
