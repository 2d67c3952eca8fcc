import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { choice, count, flag, secret, text } from '../../src/model/param.ts';
import { problem, type Problem } from '../../src/model/problem.ts';
import { newRelease, noRelease } from '../../src/model/release-choice.ts';
import type { Result } from '../../src/model/result.ts';
import { role } from '../../src/model/role.ts';
import { createStep, publishStep, type Step } from '../../src/model/step.ts';
import { task, view, type TaskDefinition } from '../../src/model/task.ts';
import { declaredSettings, type Loaded } from '../../src/program/load.ts';
import { look } from '../../src/program/look.ts';
import { completeParams } from '../../src/program/params.ts';
import { findRunnable, plan, readLimit } from '../../src/program/plan.ts';
import { inventory } from '../plan/builders.ts';

const web = role('web');
const celery = role('queue', { groups: ['celery'] });
const taskOf = (more: Partial<TaskDefinition>) =>
  task({ name: 'clean_cache', description: '', release: noRelease, steps: [], ...more });
const named = (name: string, more: object = {}) =>
  operation({ name, roles: [web], run: async () => undefined, ...more });
const sentences = (result: Result<unknown, readonly Problem[]>) =>
  result.ok ? [] : result.failure.map(({ sentence }) => sentence);

describe('parameters are completed', () => {
  const params = {
    line: text({ description: 'a command', positional: true, required: true }),
    keep: count({ description: 'how many', default: 5, setting: 'keep_releases' }),
    dry: flag({ description: 'only look' }),
    note: text({ description: 'a note' }),
    how: choice(['a', 'b'], { description: 'how', setting: 'how' }),
  };
  const own = taskOf({ params });

  test('what was given, else the setting, else the default, else nothing', () => {
    expect(completeParams(own, { line: 'x' }, {})).toEqual({ ok: true, value: { line: 'x', keep: 5, dry: false } });
    expect(completeParams(own, { line: 'x' }, { keep_releases: 3, how: 'b', keep: 9 })).toEqual({
      ok: true,
      value: { line: 'x', keep: 3, dry: false, how: 'b' },
    });
    expect(completeParams(own, { line: 'x', keep: 1, dry: true, note: '' }, { keep_releases: 3 })).toEqual({
      ok: true,
      value: { line: 'x', keep: 1, dry: true, note: '' },
    });
    expect(completeParams(own, { line: 'x' }, { keep_releases: null })).toMatchObject({ value: { keep: 5 } });
  });

  test('unknown and missing ones are told together, with the nearest name', () => {
    expect(completeParams(own, { kep: 1, frobnicate: 2 }, {})).toEqual({
      ok: false,
      failure: [
        problem('clean_cache has no parameter kep.', { hint: 'did you mean keep?' }),
        problem('clean_cache has no parameter frobnicate.'),
        problem('clean_cache needs LINE: a command.', { hint: 'see `fab <env> clean_cache --help`' }),
      ],
    });
  });

  test('a word of JavaScript is no parameter', () => {
    expect(sentences(completeParams(own, { line: 'x', constructor: 1 }, {}))).toEqual([
      'clean_cache has no parameter constructor.',
    ]);
  });

  test('of a view too', () => {
    const own_ = view({
      name: 'v',
      description: '',
      params: { last: count({ description: 'n', default: 3 }) },
      show: () => ({ text: '', json: null }),
    });
    expect(completeParams(own_, {}, {})).toEqual({ ok: true, value: { last: 3 } });
  });
});

/** An environment that cannot be reached: what is asked here must be answered before anybody tries. */
const loaded = (more: Partial<Loaded> = {}): Loaded =>
  ({
    environment: {
      name: 'prod',
      inventory: inventory({ web: ['web1', 'web2'], celery: ['celery1'], none: [] }),
      settings: {},
    },
    runnables: [
      taskOf({ steps: [named('cache.clean'), named('queue.clean', { roles: [celery] })] }),
      task({
        name: 'deploy',
        description: '',
        release: newRelease,
        aliases: ['ship'],
        steps: [createStep([web]), publishStep([web])],
      }),
      view({ name: 'status', description: '', show: () => ({ text: '', json: null }) }),
    ],
    settings: {},
    ...more,
  }) as unknown as Loaded;

describe('tasks are found', () => {
  test.each([
    ['deploy', 'deploy'],
    ['ship', 'deploy'],
    ['clean-cache', 'clean_cache'],
    ['status', 'status'],
  ])('%s', (typed, name) => {
    expect(findRunnable(loaded(), typed)).toMatchObject({ ok: true, value: { name } });
  });
  test('or the nearest one is named', () => {
    expect(findRunnable(loaded(), 'delpoy')).toEqual({
      ok: false,
      failure: [problem('There is no task delpoy.', { hint: 'did you mean deploy?' })],
    });
    expect(findRunnable(loaded(), 'frobnicate')).toEqual({
      ok: false,
      failure: [problem('There is no task frobnicate.', { hint: '`fab prod` lists them' })],
    });
  });
  test('a view is not planned, a task is not looked at', async () => {
    expect(sentences(await plan(loaded(), 'status'))).toEqual(['status only looks: there is nothing to plan.']);
    expect(sentences(await look(loaded(), 'deploy'))).toEqual(['deploy is a task, not a view: plan it and run it.']);
  });
});

describe('--limit', () => {
  const hosts = (...limit: readonly string[]) => readLimit(loaded(), limit);
  test.each<[readonly string[], readonly string[]]>([
    [['web2'], ['web2']],
    [['web'], ['web1', 'web2']],
    [['queue'], ['celery1']],
    [
      ['celery', 'web1', 'web'],
      ['celery1', 'web1', 'web2'],
    ],
    [['all'], ['web1', 'web2', 'celery1']],
    [['none'], []],
  ])('%j', (limit, expected) => {
    expect(hosts(...limit)).toEqual({ ok: true, value: expected });
  });
  test('nothing typed is no limit', () => {
    expect(readLimit(loaded(), undefined)).toEqual({ ok: true, value: undefined });
  });
  test('a word of JavaScript is no group', () => {
    expect(sentences(hosts('constructor'))).toEqual(['prod has no host, group or role constructor.']);
  });
  test('unknown names are told all at once', () => {
    expect(hosts('wbe1', 'web1', 'frobnicate')).toEqual({
      ok: false,
      failure: [
        problem('prod has no host, group or role wbe1.', { hint: 'did you mean web1?' }),
        problem('prod has no host, group or role frobnicate.'),
      ],
    });
  });
});

describe('what can be said before a connection', () => {
  const problemsOf = async (
    steps: readonly Step[],
    settings: object,
    given: object = {},
    more: Partial<TaskDefinition> = {},
  ) =>
    sentences(
      await plan(
        loaded({ runnables: [taskOf({ steps, ...more })], settings: settings as Loaded['settings'] }),
        'clean_cache',
        given as Record<string, unknown>,
      ),
    );
  const settings = {
    url: text({ description: 'where it is', required: true }),
    tries: count({ description: 'how often' }),
    token: secret({ description: 'a token' }),
  };

  test('settings: a missing one that is needed, one that cannot be read; each once', async () => {
    const steps = [named('a', { settings }), named('b', { settings })];
    expect(await problemsOf(steps, {})).toEqual(['a needs the setting url: where it is.']);
    expect(await problemsOf(steps, { url: null, tries: 'many' })).toEqual([
      'a needs the setting url: where it is.',
      'The setting tries must be a whole number from 1 on.',
    ]);
    expect(await problemsOf(steps, { url: ['a'], tries: 0, token: ['x'] })).toEqual([
      'The setting url must be text.',
      'The setting tries must be a whole number from 1 on.',
    ]);
  });

  test('rules, settings and parameters', async () => {
    expect(await problemsOf([named('a', { settings, roles: [role('cache')] })], {})).toEqual([
      'a of clean_cache runs on the role cache, and no host of prod has it.',
      'a needs the setting url: where it is.',
    ]);
    expect(await problemsOf([named('a')], {}, { x: 1 })).toEqual(['clean_cache has no parameter x.']);
  });

  test('a limit that leaves nobody', async () => {
    const result = await plan(
      loaded({ runnables: [taskOf({ steps: [named('a')] })] }),
      'clean_cache',
      {},
      { limit: ['celery1'] },
    );
    expect(sentences(result)).toEqual(['clean_cache does nothing on celery1: none of them has one of its roles.']);
  });

  test('a task that publishes takes no limit', async () => {
    expect(sentences(await plan(loaded(), 'deploy', {}, { limit: ['web1'] }))).toEqual([
      'deploy publishes, and a release goes to every host or to none: --limit does not fit.',
    ]);
  });

  test.each([['both', { branch: 'x', commit: 'abcdef1' }]])('--resume with %s', async (_, given) => {
    expect(sentences(await plan(loaded(), 'deploy', { resume: true, ...given }))).toEqual([
      '--resume goes on with the commit of its release: --branch and --commit do not fit.',
    ]);
  });
  test.each([
    ['--branch', { branch: 'x' }],
    ['--commit', { commit: 'abcdef1' }],
  ])('--resume with %s', async (_, given) => {
    expect(sentences(await plan(loaded(), 'deploy', { resume: true, ...given }))).toEqual([
      '--resume goes on with the commit of its release: --branch and --commit do not fit.',
    ]);
  });
});

test('settings that only operations know are declared by them', () => {
  const own = taskOf({
    steps: [named('a', { settings: { couch_url: text({ description: '' }), code_repo: text({ description: '' }) } })],
  });
  expect(declaredSettings([own, own])).toEqual(['couch_url']);
});
