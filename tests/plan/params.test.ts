import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { count, text } from '../../src/model/param.ts';
import {
  currentRelease,
  newRelease,
  noRelease,
  previousRelease,
  rebuiltRelease,
} from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { cleanStep, createStep, perHost, publishStep, when } from '../../src/model/step.ts';
import { task, view, type TaskDefinition } from '../../src/model/task.ts';
import { paramsOf } from '../../src/plan/params.ts';

const web = role('web');
const named = (name: string, params = {}) => operation({ name, roles: [web], params, run: async () => undefined });
const paramsFor = (more: Partial<TaskDefinition>): readonly string[] =>
  Object.keys(paramsOf(task({ name: 't', description: '', steps: [], ...more }))).sort();

describe('the parameters of a task', () => {
  test.each<[string, Partial<TaskDefinition>, readonly string[]]>([
    ['nothing', { release: noRelease }, []],
    ['a new release', { release: newRelease, steps: [createStep([web])] }, ['branch', 'commit']],
    [
      'a new release that is published',
      { release: newRelease, steps: [createStep([web]), publishStep([web])] },
      ['branch', 'changed_steps', 'commit', 'hold', 'on_failure', 'resume', 'skip_record', 'when_unreachable'],
    ],
    [
      'one rebuilt from the live one',
      { release: rebuiltRelease, steps: [publishStep([web])] },
      ['changed_steps', 'hold', 'on_failure', 'resume', 'skip_record', 'when_unreachable'],
    ],
    ['the live release', { release: currentRelease }, ['release']],
    [
      'the one before',
      { release: previousRelease, steps: [publishStep([web])] },
      ['on_failure', 'over_migrations', 'skip_record', 'to', 'when_unreachable'],
    ],
    ['cleaning', { release: noRelease, steps: [cleanStep([web])] }, ['keep']],
    ['for one host unless told', { release: noRelease, narrowTo: web }, ['all_hosts']],
  ])('%s', (_, more, expected) => {
    expect(paramsFor(more)).toEqual(expected);
  });

  test('those of its operations are added, wherever they stand; its own win', () => {
    const own = text({ description: 'mine' });
    const decide = operation({ name: 'd', roles: [web], once: true, run: async () => true });
    const params = paramsOf(
      task({
        name: 't',
        description: '',
        release: noRelease,
        params: { shared: own },
        steps: [
          named('a', { a: text({ description: 'a' }), shared: text({ description: 'theirs' }) }),
          perHost([named('b', { b: count({ description: 'b' }) })]),
          when(decide, { because: 'x', is: () => true }, [named('c', { c: text({ description: 'c' }) })]),
        ],
      }),
    );
    expect(Object.keys(params).sort()).toEqual(['a', 'b', 'c', 'shared']);
    expect(params['shared']).toBe(own);
  });

  test('a view has its own alone', () => {
    const params = { last: count({ description: 'how many', default: 3 }) };
    expect(paramsOf(view({ name: 'v', description: '', params, show: () => ({ text: '', json: null }) }))).toBe(params);
  });
});

describe('what is read', () => {
  const deploy = paramsOf(
    task({ name: 'deploy', description: '', release: newRelease, steps: [createStep([web]), publishStep([web])] }),
  );
  const rollback = paramsOf(
    task({ name: 'r', description: '', release: previousRelease, steps: [publishStep([web])] }),
  );
  const name = '2026-11-20_14.05.33';
  const ok = (value: unknown) => ({ ok: true, value });
  const no = (failure: string) => ({ ok: false, failure });
  const release = no('must be the name of a release, like 2026-11-20_14.05.33');
  const commit = no('must be a commit hash of 7 to 40 hex digits');

  test.each([
    ['', ok(true)],
    ['yes', ok(true)],
    ['no', ok(false)],
    ['False', ok(false)],
    [name, ok(name)],
    ['2026-11-20_14.05', ok('2026-11-20_14.05')],
    ['2026-02-31_14.05.33', release],
    ['../../etc', release],
    ['maybe', release],
  ])('--resume %j', (typed, expected) => {
    expect(deploy['resume']?.read(typed)).toEqual(expected);
  });

  test.each([
    [name, ok(name)],
    [`/home/shop/www/prod/releases/${name}`, ok(name)],
    [`/home/shop/www/prod/releases/${name}/`, ok(name)],
    ['../releases/x', release],
    [`../${name}`, release],
    [`${name};rm -rf /`, release],
    [`${name}\n`, release],
    ['', release],
  ])('--to %j', (typed, expected) => {
    expect(rollback['to']?.read(typed)).toEqual(expected);
  });

  test.each([
    ['abort', ok('abort')],
    ['leave', ok('leave')],
    ['maybe', no('must be one of abort, leave')],
  ])('--when-unreachable %j', (typed, expected) => {
    expect(deploy['when_unreachable']?.read(typed)).toEqual(expected);
    expect(deploy['when_unreachable']?.default).toBe('abort');
  });

  test.each([
    ['0123abc', ok('0123abc')],
    ['ABCDEF0123', ok('abcdef0123')],
    ['a'.repeat(40), ok('a'.repeat(40))],
    ['a'.repeat(41), commit],
    ['abc', commit],
    ['--upload-pack=x', commit],
    ['', commit],
  ])('--commit %j', (typed, expected) => {
    expect(deploy['commit']?.read(typed)).toEqual(expected);
  });
});
