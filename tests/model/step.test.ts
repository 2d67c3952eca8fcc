import { describe, expect, test } from '@jest/globals';
import { command, durable, operation, type OperationContext } from '../../src/model/operation.ts';
import { http } from '../../src/model/health.ts';
import { sh } from '../../src/model/command.ts';
import { role } from '../../src/model/role.ts';
import {
  cleanStep,
  createStep,
  during,
  engineStepsIn,
  operationsIn,
  parallel,
  perHost,
  publishStep,
  when,
  type Step,
} from '../../src/model/step.ts';

const web = role('web');
const named = (name: string) => operation({ name, roles: [web], run: async () => undefined });
const decide = operation({ name: 'decide', roles: [web], once: true, run: async (): Promise<number> => 1 });
const [create, publish, clean] = [createStep([web]), publishStep([web]), cleanStep([web])];

const steps: readonly Step[] = [
  create,
  named('a'),
  perHost([named('b'), named('c')]),
  decide,
  when(decide, { because: 'x', is: (value) => value > 0 }, [
    named('d'),
    during({ stop: named('stop'), start: async () => undefined }, [parallel([named('e'), named('f')]), publish]),
  ]),
  clean,
];

describe('what is in a list of steps', () => {
  test('every operation, in order; the one that decides stands where it runs', () => {
    expect(operationsIn(steps).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'decide', 'd', 'stop', 'e', 'f']);
    expect(operationsIn([])).toEqual([]);
  });
  test('every engine step, in order', () => {
    expect(engineStepsIn(steps)).toEqual([create, publish, clean]);
  });
  test('engine steps are values', () => {
    expect(publish).toEqual({
      kind: 'engine',
      action: 'publish',
      name: 'release.publish',
      roles: [web],
      params: {},
    });
    expect(clean.params['keep']).toMatchObject({ kind: 'count', default: 5, setting: 'keep_releases' });
  });
});

/** A session that writes down what it is asked. */
const recording = () => {
  const said: string[] = [];
  const session = (place: string): unknown => ({
    in: (directory: string) => session(`${place} in ${directory}`),
    as: (user: string) => session(`${place} as ${user}`),
    run: async (line: { readonly text: string }) => void said.push(`${place}: ${line.text}`),
  });
  const context = {
    host: session('host'),
    release: { path: '/releases/x' },
    layout: { current: '/current' },
  } as unknown as OperationContext<never, never, never>;
  return { said, context };
};

describe('operations', () => {
  test('what is left out has its default', () => {
    expect(named('a')).toEqual({
      run: expect.any(Function),
      kind: 'operation',
      name: 'a',
      roles: [web],
      uses: [],
      once: false,
      batch: undefined,
      durable: false,
      migrates: false,
      restarts: false,
      transfers: false,
      detached: undefined,
      everyRun: false,
      params: {},
      settings: {},
      needs: {},
    });
  });

  test('a command runs in the release, or in current, as whom it is told, and is healthy afterwards', async () => {
    const { said, context } = recording();
    const health = { description: '', check: async () => void said.push('healthy?') };
    await command('a', [web], sh`make ${'a b'}`).run(context);
    await command('b', [web], sh`true`, { in: 'current', as: 'root', healthy: health }).run(context);
    expect(said).toEqual(["host in /releases/x: make 'a b'", 'host in /current as root: true', 'healthy?']);
    expect(command('c', [web], sh`true`, { once: true, batch: '10%', durable: true })).toMatchObject({
      once: true,
      batch: '10%',
      durable: true,
    });
  });

  test('a durable one is one command in the release', async () => {
    const { said, context } = recording();
    const migrate = durable({ name: 'm', roles: [web], once: true, command: () => sh`migrate` });
    await migrate.run(context);
    expect([migrate.durable, migrate.once, said]).toEqual([true, true, ['host in /releases/x: migrate']]);
  });

  test('a health question names what it asks', () => {
    expect(http('http://x/', { within: 5, status: 204 }).description).toBe('http://x/ answers 204 within 5 s');
  });
});
