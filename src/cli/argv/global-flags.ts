/** A flag that may stand anywhere before `--`, whatever the task. */
export interface GlobalFlag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value; without one it is given or not. */
  readonly placeholder?: string;
  readonly description: string;
}

/** Every global flag, in the order that `--help` shows. */
export const globalFlags = [
  { name: 'plan', description: 'show what would happen, where and what would ship; change nothing' },
  { name: 'yes', description: 'answer the last question ahead' },
  { name: 'limit', placeholder: 'HOST|ROLE,…', description: 'only these hosts, or hosts of these roles' },
  { name: 'set', placeholder: 'KEY=VALUE', description: 'a setting for this run; may be given several times' },
  { name: 'forks', placeholder: 'N', description: 'at most this many connections are made at a time' },
  { name: 'json', description: 'events as JSON lines on stdout, text for people on stderr' },
  { name: 'quiet', description: 'only problems and the summary' },
  { name: 'verbose', description: 'every command and its output' },
  { name: 'trace', placeholder: 'FILE', description: "where the time went, in the format of Chrome's tracing" },
  { name: 'fabfile', placeholder: 'FILE', description: 'the tasks; default the setting fabfile, ./fabfile.ts, ours' },
  {
    name: 'environments',
    placeholder: 'DIR',
    description: 'the folder of environments; default FAB_ENVIRONMENTS or ./environments',
  },
  { name: 'list', short: 'l', description: 'every task, grouped, one line each' },
  { name: 'version', short: 'V', description: 'the version' },
  { name: 'help', short: 'h', description: 'this text; after a task, its own' },
] as const satisfies readonly GlobalFlag[];

export type GlobalName = (typeof globalFlags)[number]['name'];

const flags: readonly (GlobalFlag & { readonly name: GlobalName })[] = globalFlags;

/** The global flag that a typed flag names, if any: `--plan`, `-l`. */
export const globalFlag = (typed: string, name: string): (GlobalFlag & { readonly name: GlobalName }) | undefined =>
  typed.startsWith('--') ? flags.find((flag) => flag.name === name) : flags.find((flag) => flag.short === name);

export const globalNames: readonly string[] = globalFlags.map(({ name }) => name);

/** Short flags that Fabric and its kin taught people, and what they are called here. */
export const shortHints: Readonly<Record<string, string>> = {
  f: '--fabfile',
  H: '--limit',
  R: '--limit',
  P: '--forks',
  z: '--forks',
  y: '--yes',
  n: '--plan',
  q: '--quiet',
  v: '--verbose',
};
