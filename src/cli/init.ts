import { text } from '../model/param.ts';
import { problem, type Problem } from '../model/problem.ts';
import type { CommandShape } from './argv/shape.ts';
import { flagOf, shown } from './argv/spelling.ts';

/** The five answers that a first environment is made of, all as typed. */
export interface InitAnswers {
  readonly name: string;
  /** `deploy@web1.example.org:2222, web2.example.org` */
  readonly hosts: string;
  readonly code_repo: string;
  /** Commands joined by `&&`; may be empty. */
  readonly build: string;
  /** May be empty. */
  readonly restart: string;
}

export interface InitQuestion {
  readonly key: keyof InitAnswers;
  readonly question: string;
  /** Empty where nothing can be guessed. */
  readonly default: string;
  readonly flag: string;
}

const question = (key: keyof InitAnswers, words: string, usual: string): InitQuestion => ({
  key,
  question: words,
  default: usual,
  flag: flagOf(key),
});

/** What `fab init` asks, in order; each flag answers its question ahead. */
export const initQuestions: readonly InitQuestion[] = [
  question('name', 'What is the environment called?', 'production'),
  question('hosts', 'Which hosts, separated by commas (user@host:port, or the name that ssh knows)?', ''),
  question('code_repo', 'Where is the code (a git URL or path)?', ''),
  question('build', 'How is a release built (commands joined by &&, or nothing)?', 'npm ci && npm run build'),
  question('restart', 'How is the application restarted (a command, or nothing)?', 'systemctl restart app'),
];

/** `fab init`, as the command line sees it. */
export const initShape: CommandShape = {
  name: 'init',
  aliases: [],
  description: 'Write a first environment: inventory.ini and fab-settings.yml.',
  group: 'Commands',
  params: Object.fromEntries(initQuestions.map(({ key, question: description }) => [key, text({ description })])),
  answers: [],
  needsEnvironment: false,
};

export interface InitFile {
  readonly path: string;
  readonly content: string;
}

/** What stands in the way of these answers, all of it. */
export const initProblems = (
  answers: InitAnswers,
  { existing = [], reserved = [], folder = 'environments' }: InitSurroundings = {},
): readonly Problem[] => [
  ...nameProblems(answers.name, reserved),
  ...hostProblems(answers.hosts),
  ...(answers.code_repo.trim() === '' ? [unanswered('code_repo', 'Where the code is was not answered.')] : []),
  ...initQuestions
    .filter(({ key }) => isUnprintable(answers[key]))
    .map(({ flag }) => problem(`${flag} must be one line of text.`)),
  ...pathsOf(answers.name, folder)
    .filter((path) => existing.includes(path))
    .map((path) => problem(`${path} exists already, and init overwrites nothing.`, { hint: 'choose another --name' })),
];

export interface InitSurroundings {
  /** Paths that exist, spelled as `initFiles` spells them. */
  readonly existing?: readonly string[];
  /** Names that mean something else where an environment stands: the tasks and commands. */
  readonly reserved?: readonly string[];
  readonly folder?: string;
}

/** The two files of a new environment. The answers must have no `initProblems`; `branch` is the repository's own. */
export const initFiles = (
  answers: InitAnswers,
  folder = 'environments',
  branch?: string,
): readonly [InitFile, InitFile] => {
  const [inventory, settings] = pathsOf(answers.name, folder);
  return [
    { path: inventory, content: inventoryText(answers) },
    { path: settings, content: settingsText(answers, branch) },
  ];
};

const pathsOf = (name: string, folder: string): readonly [string, string] => [
  `${folder}/${name}/inventory.ini`,
  `${folder}/${name}/fab-settings.yml`,
];

const unanswered = (key: keyof InitAnswers, sentence: string): Problem =>
  problem(sentence, { hint: `write ${flagOf(key)} ${key === 'hosts' ? 'HOST,…' : 'URL'}` });

const nameProblems = (name: string, reserved: readonly string[]): readonly Problem[] => {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
    return [
      problem(`${shown(name)} cannot name an environment: letters, digits, «-», «_» and «.», a letter or digit first.`),
    ];
  return reserved.includes(name.replaceAll('-', '_'))
    ? [problem(`${name} is the name of a task or command, so it cannot name an environment.`)]
    : [];
};

interface NewHost {
  readonly typed: string;
  readonly user: string | undefined;
  readonly address: string;
  readonly port: string | undefined;
}

const spelling =
  /^(?:(?<user>[\w.-]+)@)?(?:\[(?<six>[\da-fA-F:.]+)\]|(?<name>[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?))(?::(?<port>\d{1,5}))?$/;

const hostsIn = (typed: string): readonly (NewHost | string)[] =>
  typed
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const { user, six, name, port } = spelling.exec(each)?.groups ?? {};
      const address = six ?? name;
      const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
      return address === undefined || !isPort ? each : { typed: each, user, address, port };
    });

const hostProblems = (typed: string): readonly Problem[] => {
  const hosts = hostsIn(typed);
  if (hosts.length === 0) return [unanswered('hosts', 'An environment needs at least one host.')];
  const good = hosts.filter((host) => typeof host !== 'string');
  const places = good.map(({ address, port = '22' }) => `${address.toLowerCase()} ${port}`);
  return [
    ...hosts
      .filter((host) => typeof host === 'string')
      .map((host) => problem(`${shown(host)} is no host.`, { hint: 'write HOST, USER@HOST or USER@HOST:PORT' })),
    ...good
      .filter((_, at) => places.indexOf(places[at] ?? '') !== at)
      .map((host) => problem(`${host.typed} is given twice.`)),
  ];
};

const isUnprintable = (answer: string): boolean => /[\u0000-\u001f\u007f]/.test(answer);

const inventoryText = ({ name, hosts }: InitAnswers): string => {
  const good = hostsIn(hosts).filter((host) => typeof host !== 'string');
  return `# The hosts of ${name}, in Ansible's format: a line per host, under the groups it belongs to.
# A role of the tasks is a group here; the code goes to every host that is in one.
# Next to the name: ansible_host, ansible_port, ansible_user, ansible_ssh_private_key_file.

[app]
${good.map((host) => hostLine(host, good)).join('\n')}

# Variables of every host of a group:
# [app:vars]
# ansible_user=deploy
`;
};

const hostLine = (host: NewHost, all: readonly NewHost[]): string => {
  const isAlone = all.filter(({ address }) => address.toLowerCase() === host.address.toLowerCase()).length === 1;
  // A colon in a name would read as a port.
  const plain = host.address.replaceAll(':', '-').replace(/^-+|-+$/g, 'host');
  const name = isAlone ? plain : `${plain}-${host.port ?? '22'}`;
  return [
    name,
    ...(name === host.address ? [] : [`ansible_host=${host.address}`]),
    ...(host.port === undefined ? [] : [`ansible_port=${host.port}`]),
    ...(host.user === undefined ? [] : [`ansible_user=${host.user}`]),
  ].join(' ');
};

const settingsText = (
  { name, code_repo, build, restart }: InitAnswers,
  branch: string | undefined,
): string => `# The settings of ${name}. docs/settings.md explains every key; --set KEY=VALUE changes one for a run.

# Where the code is. The controller reads it and sends it on: hosts need no access to it.
code_repo: ${scalar(code_repo)}
${branch === undefined ? '# default_branch: master' : `default_branch: ${scalar(branch)}`}

# Run in the new release on every host, in this order; the first failure stops before anything is live.
${listOf('build', stepsIn(build), 'npm ci')}

# Run on every host after the new release is live.
${listOf('restart', restart.trim() === '' ? [] : [restart.trim()], 'systemctl restart app')}
# restart_as: root
# batch: 1

# Asked on every host after its restart; the next one waits for it.
# health_url: http://localhost:8000/health

# What outlives releases; each is linked into every release from ~/www/${name}/shared.
# shared_paths: [.env, uploads]

# How many successful releases stay on disk.
# keep_releases: 5

# Outside these hours a deploy asks first.
# acceptable_maintenance_window:
#   hour_start: 6
#   hour_end: 18
#   timezone: Europe/Berlin
`;

const listOf = (key: string, commands: readonly string[], example: string): string =>
  commands.length === 0
    ? `# ${key}:\n#   - ${example}`
    : [`${key}:`, ...commands.map((command) => `  - ${scalar(command)}`)].join('\n');

/** One command per `&&`; a line with quotes or other operators stays whole, the shell knows better. */
const stepsIn = (build: string): readonly string[] =>
  (/["'`$;|()\\]/.test(build) ? [build] : build.split('&&')).map((step) => step.trim()).filter((step) => step !== '');

/** YAML reads JSON's strings; what needs no quotes goes without. */
const scalar = (value: string): string => {
  const trimmed = value.trim();
  return /^(?:[A-Za-z/]|~\/|\.{1,2}\/)[\w@%+=,./~ -]*(?::[\w@%+=,./~-]+)*$/.test(trimmed) &&
    !/^(?:y|n|yes|no|on|off|true|false|null|~)$/i.test(trimmed)
    ? trimmed
    : JSON.stringify(trimmed);
};
