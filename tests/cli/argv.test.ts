import { describe, expect, test } from '@jest/globals';
import { parseCommandLine, type CommandLine } from '../../src/cli/argv/command-line.ts';
import { environmentIn, parseGlobals } from '../../src/cli/argv/globals.ts';
import type { Known } from '../../src/cli/argv/known.ts';
import { readSettingPairs, unknownSettings } from '../../src/cli/argv/settings.ts';
import type { CommandShape } from '../../src/cli/argv/shape.ts';
import { initShape } from '../../src/cli/init.ts';
import { choice, count, flag, list, secret, text, type Param } from '../../src/model/param.ts';
import { problemText } from '../../src/model/problem.ts';
import { ok } from '../../src/model/result.ts';

const release: Param<string> = { kind: 'release', description: 'a release', read: (value) => ok(String(value)) };

const shape = (name: string, params: CommandShape['params'] = {}, more: Partial<CommandShape> = {}): CommandShape => ({
  name,
  aliases: [],
  description: `what ${name} does`,
  group: 'Tasks',
  params,
  answers: [],
  needsEnvironment: true,
  ...more,
});

const word = (placeholder: string) => text({ description: 'a word', positional: true, required: true, placeholder });

const known: Known = {
  environments: ['production', 'staging'],
  tasks: [
    shape(
      'deploy',
      {
        branch: text({ description: 'the branch' }),
        commit: text({ description: 'the commit' }),
        resume: release,
        skip_record: flag({ description: 'no record' }),
        hold: flag({ description: 'hold' }),
      },
      { answers: [{ flag: 'other-branch', description: 'deploy a branch that is not the default one' }] },
    ),
    shape('setup_release', {
      keep_days: count({ description: 'days' }),
      branch: text({ description: 'the branch' }),
    }),
    shape('clean_releases', { keep: count({ description: 'how many', default: 5 }) }),
    shape('rollback', { to: release }, { aliases: ['update_current'] }),
    shape('manage', { command: word('COMMAND'), release }),
    shape('run', { line: word('LINE'), role: list({ description: 'roles' }) }),
    shape('supervisorctl', { command: word('COMMAND') }),
    shape('put_shared', { file: word('FILE'), local: word('LOCAL') }),
    shape('history', { entries: count({ description: 'how many', positional: true }) }),
    shape('notify', { token: secret({ description: 'a token' }), to: choice(['mail', 'chat'], { description: 'to' }) }),
    shape('tag', { label: text({ description: 'the label', required: true }) }),
  ],
  commands: [initShape, shape('doctor')],
  roles: ['webworkers', 'celery'],
  hosts: ['web1.example.org'],
};

const parse = async (argv: readonly string[], more: Partial<Known> = {}) => {
  const globals = parseGlobals(argv);
  if (!globals.ok) return globals;
  return parseCommandLine(globals.value.rest, { ...known, help: globals.value.help, ...more });
};

const parsed = async (...argv: readonly string[]): Promise<CommandLine> => {
  const result = await parse(argv);
  if (!result.ok) throw new Error(result.failure.map(problemText).join('\n'));
  return result.value;
};

/** Task name and what was given to it, for each task. */
const given = async (...argv: readonly string[]) =>
  (await parsed(...argv)).tasks.map((each) => [each.task, each.given] as const);

const refused = async (...argv: readonly string[]): Promise<readonly string[]> => {
  const result = await parse(argv);
  return result.ok ? ['nothing: it was accepted'] : result.failure.map(problemText);
};

/** The fields of the globals that differ from what an empty line gives. */
const globalsOf = (...argv: readonly string[]) => {
  const result = parseGlobals(argv);
  return result.ok ? result.value : result.failure.map(problemText);
};

const noGlobals = {
  plan: false,
  yes: false,
  json: false,
  quiet: false,
  verbose: false,
  list: false,
  version: false,
  help: false,
  limit: undefined,
  set: [],
  forks: undefined,
  fabfile: undefined,
  environments: undefined,
  rest: [],
  words: [],
};

describe('the parsing table', () => {
  test('fab', async () => {
    expect(await parsed()).toEqual({ environment: undefined, tasks: [] });
    expect(globalsOf()).toEqual(noGlobals);
  });

  test('fab prod', async () => {
    expect(await parsed('production')).toEqual({ environment: 'production', tasks: [] });
  });

  test('fab deploy', async () => {
    expect(await refused('deploy')).toEqual(['deploy is a task; say where: fab production deploy']);
    expect(await refused('deploy:resume=yes', '--hold')).toEqual([
      'deploy is a task; say where: fab production deploy:resume=yes --hold',
    ]);
    expect(await refused('deploy', 'staging', '--hold')).toEqual([
      'deploy is a task; say where: fab staging deploy --hold',
    ]);
  });

  test('fab deploy where there is no environment yet', async () => {
    const result = await parse(['deploy'], { environments: [] });
    expect(result.ok ? [] : result.failure.map(problemText)).toEqual([
      'deploy is a task; say where: fab <env> deploy\n     no environment was found; fab init makes one',
    ]);
  });

  test("fab prod deploy:resume=yes · setup-release:keep_days=10,branch='fix/a\\,b'", async () => {
    expect(await given('production', 'deploy:resume=yes')).toEqual([['deploy', { resume: 'yes' }]]);
    expect(await parsed('production', 'setup-release:keep_days=10,branch=fix/a\\,b')).toEqual({
      environment: 'production',
      tasks: [
        {
          task: 'setup_release',
          params: { keep_days: 10, branch: 'fix/a,b' },
          given: { keep_days: '10', branch: 'fix/a,b' },
          answers: new Set(),
        },
      ],
    });
  });

  test('fab prod deploy --resume clean_releases', async () => {
    expect(await given('production', 'deploy', '--resume', 'clean_releases')).toEqual([
      ['deploy', { resume: 'yes' }],
      ['clean_releases', {}],
    ]);
    expect(await given('production', 'deploy', '--resume', '2026-11-20_14.05.33', 'clean_releases')).toEqual([
      ['deploy', { resume: '2026-11-20_14.05.33' }],
      ['clean_releases', {}],
    ]);
    expect(await given('production', 'deploy', '--resume', '2026-11-20_14.05')).toEqual([
      ['deploy', { resume: '2026-11-20_14.05' }],
    ]);
    expect(await given('production', 'deploy', '--resume=2026-11-20_14.05.33')).toEqual([
      ['deploy', { resume: '2026-11-20_14.05.33' }],
    ]);
  });

  test('fab prod deploy clean_releases --keep 3', async () => {
    expect(await parsed('production', 'deploy', 'clean_releases', '--keep', '3')).toEqual({
      environment: 'production',
      tasks: [
        { task: 'deploy', params: {}, given: {}, answers: new Set() },
        { task: 'clean_releases', params: { keep: 3 }, given: { keep: '3' }, answers: new Set() },
      ],
    });
    expect(await refused('production', 'deploy', '--keep', '3', 'clean_releases')).toEqual([
      '--keep is a flag of clean_releases, not of deploy.\n     write it after that word: clean_releases --keep 3',
    ]);
    expect(await refused('production', 'deploy', 'clean_releases', '--hold')).toEqual([
      '--hold is a flag of deploy, not of clean_releases.\n     write it after that word: deploy --hold',
    ]);
  });

  test('fab prod --skip-record deploy', async () => {
    expect(await refused('production', '--skip-record', 'deploy')).toEqual([
      '--skip-record stands before any task.\n     write it after deploy: fab production deploy --skip-record',
    ]);
    expect(await refused('--branch', 'main', 'staging', 'setup_release')).toEqual([
      '--branch stands before any task.\n     write it after setup_release: fab staging setup_release --branch main',
    ]);
    expect(await refused('production', '--keep=3')).toEqual([
      '--keep stands before any task.\n     write it after clean_releases: fab production clean_releases --keep=3',
    ]);
  });

  test(`fab prod manage:'shell -c "x=1, y=2"' · manage -- migrate app --noinput`, async () => {
    expect(await given('production', 'manage:shell -c "x=1, y=2"')).toEqual([
      ['manage', { command: 'shell -c "x=1, y=2"' }],
    ]);
    expect(await parsed('production', 'manage', '--', 'migrate', 'app', '--noinput', "it's")).toEqual({
      environment: 'production',
      tasks: [
        {
          task: 'manage',
          params: { command: "migrate app --noinput 'it'\\''s'" },
          given: { command: "migrate app --noinput 'it'\\''s'" },
          positionalWords: ['migrate', 'app', '--noinput', "it's"],
          answers: new Set(),
        },
      ],
    });
  });

  test("fab prod run 'ps ax | wc -l' --role web", async () => {
    expect(await parsed('production', 'run', 'ps ax | wc -l', '--role', 'web')).toEqual({
      environment: 'production',
      tasks: [
        {
          task: 'run',
          params: { line: 'ps ax | wc -l', role: ['web'] },
          given: { line: 'ps ax | wc -l', role: 'web' },
          answers: new Set(),
        },
      ],
    });
  });

  test('fab prod webworkers supervisorctl:"stop all"', async () => {
    expect(await refused('production', 'webworkers', 'supervisorctl:stop all')).toEqual([
      '«webworkers» is a role, not a task.\n     write --limit webworkers',
    ]);
    expect(await refused('production', 'web1.example.org', 'deploy')).toEqual([
      '«web1.example.org» is a host, not a task.\n     write --limit web1.example.org',
    ]);
  });

  test('fab prod deploy --branch a --branch b · fab prod run 1e3', async () => {
    expect(await refused('production', 'deploy', '--branch', 'a', '--branch', 'b')).toEqual([
      '--branch of deploy is given twice: «a» and «b».',
    ]);
    expect(await refused('production', 'deploy:branch=a', '--branch', 'b')).toEqual([
      '--branch of deploy is given twice: «a» and «b».',
    ]);
    expect(await given('production', 'run', '1e3')).toEqual([['run', { line: '1e3' }]]);
    expect(await given('production', 'deploy', '--branch', '007')).toEqual([['deploy', { branch: '007' }]]);
  });
});

describe('tasks and their words', () => {
  test('hyphens, underscores and aliases name the same task and flag', async () => {
    expect(await given('production', 'setup-release', '--keep_days', '3', 'update-current')).toEqual([
      ['setup_release', { keep_days: '3' }],
      ['rollback', {}],
    ]);
  });

  test('a task takes exactly its positionals, flags may stand between', async () => {
    expect(await given('production', 'put_shared', 'a', 'b', 'deploy')).toEqual([
      ['put_shared', { file: 'a', local: 'b' }],
      ['deploy', {}],
    ]);
    expect(await given('production', 'run', '--role', 'web', 'deploy', 'deploy')).toEqual([
      ['run', { line: 'deploy', role: 'web' }],
      ['deploy', {}],
    ]);
    expect(await given('production', 'put_shared:.env,local', 'run:uptime')).toEqual([
      ['put_shared', { file: '.env', local: 'local' }],
      ['run', { line: 'uptime' }],
    ]);
    expect(await given('production', 'put_shared:.env', 'local')).toEqual([
      ['put_shared', { file: '.env', local: 'local' }],
    ]);
  });

  test('a positional can be given by name', async () => {
    expect(await given('production', 'run', '--line=uptime', 'deploy')).toEqual([
      ['run', { line: 'uptime' }],
      ['deploy', {}],
    ]);
    expect(await given('production', 'run:line=uptime')).toEqual([['run', { line: 'uptime' }]]);
  });

  test('an optional positional is no bare word', async () => {
    expect(await refused('production', 'history', '5')).toEqual([
      'There is no task «5».\n     history takes it as --entries 5',
    ]);
    expect(await given('production', 'history:5')).toEqual([['history', { entries: '5' }]]);
    expect(await given('production', 'history', '--', '5')).toEqual([['history', { entries: '5' }]]);
  });

  test('-- gives the words as they are', async () => {
    const words = async (...after: readonly string[]) => {
      const [task] = (await parsed('production', 'run', '--', ...after)).tasks;
      return [task?.given['line'], task?.positionalWords];
    };
    expect(await words('uptime')).toEqual(['uptime', ['uptime']]);
    expect(await words('ps ax | wc -l')).toEqual(['ps ax | wc -l', ['ps ax | wc -l']]);
    expect(await words('-x', '--plan', '--', 'deploy')).toEqual([
      '-x --plan -- deploy',
      ['-x', '--plan', '--', 'deploy'],
    ]);
    expect(await words('echo', '', '$(id)', 'a\nb', '😀')).toEqual([
      "echo '' '$(id)' 'a\nb' '😀'",
      ['echo', '', '$(id)', 'a\nb', '😀'],
    ]);
    expect(await given('production', 'put_shared', '--', '-a', '-b')).toEqual([
      ['put_shared', { file: '-a', local: '-b' }],
    ]);
  });

  test('-- needs a place for its words', async () => {
    expect(await refused('production', 'deploy', '--', 'x')).toEqual(['deploy takes no words after --.']);
    expect(await refused('production', '--', 'x')).toEqual([
      'There is no task before -- that could take the words after it.',
    ]);
    expect(await refused('production', 'manage', 'migrate', '--', '--noinput')).toEqual([
      'manage takes no words after --.\n     COMMAND was given already; write all of it after --, or none',
    ]);
    expect(await refused('production', 'put_shared', '--', 'a', 'b', 'c')).toEqual([
      'put_shared takes 2 words after -- (FILE LOCAL), not 3.',
    ]);
    expect(await refused('production', 'run', '--')).toEqual(['run needs LINE.\n     write fab production run LINE']);
  });

  test('what is missing is named', async () => {
    expect(await refused('production', 'put_shared', 'a')).toEqual([
      'put_shared needs LOCAL.\n     write fab production put_shared LOCAL',
    ]);
    expect(await refused('production', 'tag')).toEqual([
      'tag needs --label LABEL.\n     write fab production tag --label LABEL',
    ]);
    expect(await refused('production', 'manage:')).toEqual([
      'manage needs COMMAND.\n     write fab production manage COMMAND',
    ]);
  });

  test('a command of ours may do without an environment', async () => {
    expect(await parsed('init', '--name', 'staging')).toEqual({
      environment: undefined,
      tasks: [{ task: 'init', params: { name: 'staging' }, given: { name: 'staging' }, answers: new Set() }],
    });
    expect(await refused('production', 'init')).toEqual(['init takes no environment.\n     write fab init']);
    expect(await refused('doctor')).toEqual(['doctor is a task; say where: fab production doctor']);
    expect(await given('production', 'doctor')).toEqual([['doctor', {}]]);
  });

  test('--help asks for nothing else', async () => {
    expect(await given('production', 'run', '--help')).toEqual([['run', {}]]);
    expect(await parsed('deploy', '-h')).toEqual({
      environment: undefined,
      tasks: [{ task: 'deploy', params: {}, given: {}, answers: new Set() }],
    });
  });
});

describe('flags', () => {
  test('a yes-or-no flag takes a value only after =', async () => {
    const hold = async (typed: string) => (await parsed('production', 'deploy', typed)).tasks[0]?.params;
    expect(await hold('--hold')).toEqual({ hold: true });
    expect(await hold('--hold=no')).toEqual({ hold: false });
    expect(await hold('--hold=TRUE')).toEqual({ hold: true });
    expect(await given('production', 'deploy:hold=0,skip-record=1')).toEqual([
      ['deploy', { skip_record: '1', hold: '0' }],
    ]);
    expect(await refused('production', 'deploy', '--hold', 'yes')).toEqual([
      'There is no task «yes».\n     write --hold=yes',
    ]);
    expect(await refused('production', 'deploy', '--hold=')).toEqual(['--hold of deploy must be yes or no, not «».']);
    expect(await refused('production', 'deploy:hold=perhaps')).toEqual([
      '--hold of deploy must be yes or no, not «perhaps».',
    ]);
  });

  test('the same answer said again is no contradiction', async () => {
    expect(await given('production', 'deploy', '--hold', '--hold')).toEqual([['deploy', { hold: 'yes' }]]);
    expect(await refused('production', 'deploy', '--hold', '--hold=no')).toEqual([
      '--hold of deploy is given twice: «yes» and «no».',
    ]);
  });

  test('a guard is answered by its flag, in both spellings', async () => {
    const answers = async (...typed: readonly string[]) => (await parsed('production', ...typed)).tasks[0]?.answers;
    expect(await answers('deploy', '--other-branch')).toEqual(new Set(['other-branch']));
    expect(await answers('deploy', '--other_branch=no')).toEqual(new Set());
    expect(await answers('deploy:other_branch=yes')).toEqual(new Set(['other-branch']));
  });

  test('a value may be negative, but a flag is no value', async () => {
    expect(await refused('production', 'setup_release', '--keep-days', '-1')).toEqual([
      '--keep-days of setup_release must be a whole number from 1 on, not «-1».',
    ]);
    expect(await refused('production', 'setup_release', '--keep-days', 'ten')).toEqual([
      '--keep-days of setup_release must be a whole number from 1 on, not «ten».',
    ]);
    expect(await refused('production', 'clean_releases', '--keep=0')).toEqual([
      '--keep of clean_releases must be a whole number from 1 on, not «0».',
    ]);
    expect(await refused('production', 'deploy', '--branch', '--hold')).toEqual([
      '--branch needs a value.\n     write --branch BRANCH; a value that begins with a hyphen is written --branch=--hold',
    ]);
    expect(await refused('production', 'deploy', '--branch')).toEqual([
      '--branch needs a value.\n     write --branch BRANCH',
    ]);
    expect(await given('production', 'deploy', '--branch=--hold')).toEqual([['deploy', { branch: '--hold' }]]);
  });

  test('a value does not reach over a global flag', async () => {
    expect(await refused('production', 'deploy', '--branch', '--plan', 'clean_releases')).toEqual([
      '--branch needs a value.\n     write --branch BRANCH',
    ]);
  });

  test('a list may be added to', async () => {
    const role = async (...typed: readonly string[]) =>
      (await parsed('production', 'run', 'uptime', ...typed)).tasks[0]?.params['role'];
    expect(await role('--role', 'a,b', '--role', 'c')).toEqual(['a', 'b', 'c']);
    expect(await role('--role', 'a\\,b')).toEqual(['a,b']);
  });

  test('a secret has no place here', async () => {
    expect(await refused('production', 'notify', '--token', 'hunter2')).toEqual([
      "token of notify is a secret: a command line is not the place for it.\n     write FAB_TOKEN into the environment's .env, or set that variable",
    ]);
  });

  test('a word after an optional release is a release or a task', async () => {
    expect(await refused('production', 'rollback', '--to', '../x')).toEqual([
      '«../x» is neither a release nor a task.\n     a release looks like 2026-11-20_14.05.33',
    ]);
  });
});

describe('misspellings', () => {
  test.each([
    [['prodution', 'deploy'], 'There is no environment «prodution».\n     did you mean production?'],
    [['mars', 'deploy'], 'There is no environment «mars».\n     there is production, staging'],
    [
      ['deplyo'],
      'There is no environment «deplyo».\n     did you mean the task deploy? say where: fab production deploy',
    ],
    [[''], 'There is no environment «».\n     there is production, staging'],
    [['production', 'deplyo', '--branch', 'x'], 'There is no task «deplyo».\n     did you mean deploy?'],
    [['production', 'mange', 'shell', '--noinput'], 'There is no task «mange».\n     did you mean manage?'],
    [['production', 'mange', '--', 'shell'], 'There is no task «mange».\n     did you mean manage?'],
    [['production', 'frobnicate:x=1'], 'There is no task «frobnicate».\n     fab -l lists the tasks'],
    [['production', 'a\u001b[31m'], 'There is no task «a\\u001b[31m».\n     fab -l lists the tasks'],
    [['production', 'deploy', '--barnch', 'x'], 'deploy has no flag --barnch.\n     did you mean --branch?'],
    [['production', 'deploy', '--limt=web'], 'deploy has no flag --limt.\n     did you mean --limit?'],
    [['production', 'deploy', '--no-hold'], 'deploy has no flag --no-hold.\n     write --hold=no'],
    [['production', 'deploy', '--keep', '3'], 'deploy has no flag --keep.\n     clean_releases has one'],
    [['production', 'deploy', '--frobnicate', 'x'], 'deploy has no flag --frobnicate.'],
    [['production', '--frobnicate', 'deploy'], 'There is no flag --frobnicate.'],
    [['--frobnicate', 'production'], 'There is no flag --frobnicate.'],
    [['-f', 'other.ts', 'production', 'deploy'], 'There is no flag -f.\n     did you mean --fabfile?'],
    [['production', 'deploy', '-H', 'web1'], 'deploy has no flag -H.\n     did you mean --limit?'],
    [['production', 'setup_release:10'], 'setup_release has no parameter for «10».\n     it takes keep_days, branch'],
    [
      ['production', 'setup_release:kep_days=10'],
      'setup_release has no parameter for «kep_days=10».\n     did you mean keep_days=…?',
    ],
    [['production', 'deploy:hold'], 'deploy has no parameter for «hold».\n     did you mean hold=…?'],
    [['production', 'doctor:x'], 'doctor has no parameter for «x».\n     it takes none'],
    [
      ['production', 'run', 'ls', '/tmp'],
      'There is no task «/tmp».\n     what run is to take as one goes in quotes, or after --: run -- …',
    ],
    [
      ['production', 'manage', 'migrate', '--noinput'],
      'manage has no flag --noinput.\n     what manage is to take as one goes in quotes, or after --: manage -- …',
    ],
    [['production', 'run', ''], 'LINE of run must not be empty, not «».'],
  ])('%j', async (argv, sentence) => {
    expect(await refused(...argv)).toEqual([sentence]);
  });

  test('all of them at once', async () => {
    expect(
      await refused(
        'production',
        '--hold',
        'deploy',
        '--barnch=x',
        'clean_releases',
        '--keep',
        '0',
        'celery',
        'manage',
      ),
    ).toEqual([
      '--hold stands before any task.\n     write it after deploy: fab production deploy --hold',
      'deploy has no flag --barnch.\n     did you mean --branch?',
      '«celery» is a role, not a task.\n     write --limit celery',
      'manage needs COMMAND.\n     write fab production manage COMMAND',
      '--keep of clean_releases must be a whole number from 1 on, not «0».',
    ]);
  });
});

describe('global flags', () => {
  test('stand anywhere before --', () => {
    expect(
      globalsOf('--plan', 'production', '--yes', 'deploy', '--limit', 'web1, celery,web1', '--branch', 'x', '--json'),
    ).toEqual({
      ...noGlobals,
      plan: true,
      yes: true,
      json: true,
      limit: ['web1', 'celery'],
      rest: [
        { text: 'production', at: 1 },
        { text: 'deploy', at: 3 },
        { text: '--branch', at: 6 },
        { text: 'x', at: 7 },
      ],
      words: ['production', 'deploy', 'x'],
    });
    expect(globalsOf('production', 'manage', '--', '--plan', '--limit')).toEqual({
      ...noGlobals,
      rest: ['production', 'manage', '--', '--plan', '--limit'].map((typed, at) => ({ text: typed, at })),
      words: ['production', 'manage'],
    });
  });

  test('all of them', () => {
    expect(
      globalsOf(
        '-l',
        '-h',
        '-V',
        '--quiet',
        '--fabfile=a b.ts',
        '--environments',
        'envs',
        '--forks',
        '1000',
        '--yes=no',
      ),
    ).toEqual({
      ...noGlobals,
      list: true,
      help: true,
      version: true,
      quiet: true,
      fabfile: 'a b.ts',
      environments: 'envs',
      forks: 1000,
    });
    expect(globalsOf('--set', 'a=1,b', '--set=c=--x', '--verbose')).toEqual({
      ...noGlobals,
      set: ['a=1,b', 'c=--x'],
      verbose: true,
    });
    expect(globalsOf('--yes', '--yes')).toEqual({ ...noGlobals, yes: true });
  });

  test.each([
    [['--limit', 'a', '--limit', 'b'], ['--limit is given twice: «a» and «b».']],
    [['--limit'], ['--limit needs a value.\n     write --limit HOST|ROLE,…']],
    [['--limit='], ['--limit must not be empty, not «».']],
    [['--limit', ','], ['--limit names no host or role: «,».\n     write --limit HOST|ROLE,…']],
    [['--forks', '0'], ['--forks must be a whole number from 1 to 1000, not «0».']],
    [['--forks', '1001'], ['--forks must be a whole number from 1 to 1000, not «1001».']],
    [['--forks', '1e2'], ['--forks must be a whole number from 1 to 1000, not «1e2».']],
    [['--plan=perhaps'], ['--plan must be yes or no, not «perhaps».']],
    [['--plan', '--plan=no'], ['--plan is given twice: «yes» and «no».']],
    [['--quiet', '--verbose'], ['--quiet and --verbose exclude each other.']],
    [
      ['--fabfile', '--plan'],
      [
        '--fabfile needs a value.\n     write --fabfile FILE; a value that begins with a hyphen is written --fabfile=--plan',
      ],
    ],
    [
      ['--forks', 'x', '--limit'],
      [
        '--limit needs a value.\n     write --limit HOST|ROLE,…',
        '--forks must be a whole number from 1 to 1000, not «x».',
      ],
    ],
  ])('%j', (argv, sentences) => {
    expect(globalsOf(...argv)).toEqual(sentences);
  });

  test('the environment is the first word that names one', () => {
    expect(environmentIn({ words: ['deploy', 'staging'] }, known.environments)).toBe('staging');
    expect(environmentIn({ words: ['prod'] }, known.environments)).toBe('prod');
    expect(environmentIn({ words: [] }, known.environments)).toBeUndefined();
  });
});

describe('--set', () => {
  const keys = ['keep_releases', 'forks', 'build'];
  const pairs = (...typed: readonly string[]) => {
    const result = readSettingPairs(typed, keys);
    return result.ok ? result.value : result.failure.map(problemText);
  };

  test('one pair per use, its value as typed', () => {
    expect(pairs('build=a,b', 'forks=3')).toEqual([
      ['build', 'a,b'],
      ['forks', '3'],
    ]);
    expect(pairs('build=x=1\ny')).toEqual([['build', 'x=1\ny']]);
    expect(pairs('build=a\\,b')).toEqual([['build', 'a\\,b']]);
    expect(pairs('keep-releases=')).toEqual([['keep_releases', '']]);
    expect(pairs('build=npm ci,nonsense=1')).toEqual([['build', 'npm ci,nonsense=1']]);
  });

  test("Fabric's list where every part has a known key", () => {
    expect(pairs('keep_releases=3,forks=2,build=a\\,b')).toEqual([
      ['keep_releases', '3'],
      ['forks', '2'],
      ['build', 'a,b'],
    ]);
  });

  test('what it cannot be', () => {
    expect(pairs('forks')).toEqual(['--set takes KEY=VALUE, not «forks».']);
    expect(pairs('=1')).toEqual(['--set takes KEY=VALUE, not «=1».']);
    expect(pairs('forks=1', 'forks=2')).toEqual(['The setting forks is given twice: «1» and «2».']);
    expect(
      unknownSettings(
        [
          ['fork', '1'],
          ['forks', '1'],
          ['zzz', ''],
        ],
        keys,
      ).map(problemText),
    ).toEqual([
      'There is no setting «fork».\n     did you mean --set forks=…?',
      'There is no setting «zzz».\n     docs/settings.md lists them',
    ]);
  });
});
