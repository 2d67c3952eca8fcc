import { expect, test } from '@jest/globals';
import { compareJars, previousBuild } from '../../src/operations/formplayer.ts';

const one = 'a'.repeat(64);
const two = 'b'.repeat(64);
const [older, old, live] = ['2026-01-01_00.00.00', '2026-01-02_00.00.00', '2026-01-03_00.00.00'];
const host = (name: string, current: string, ...names: readonly string[]) => ({
  host: name,
  builds: { current, names },
});

test('a jar has changed when it differs from the one that runs, or when none runs', () => {
  expect(compareJars(`${one}  new/formplayer.jar\n${one}  current/formplayer.jar`)).toEqual({
    jar: one,
    changed: false,
  });
  expect(compareJars(`${one}  new/formplayer.jar\n${two}  current/formplayer.jar`)).toEqual({
    jar: one,
    changed: true,
  });
  expect(compareJars(`${one}  new/formplayer.jar`)).toEqual({ jar: one, changed: true });
  expect(() => compareJars('sha256sum: new/formplayer.jar: No such file or directory')).toThrow('No such file');
});

test('the build to go back to is the newest older one that every host has', () => {
  expect(previousBuild([host('f1', live, older, old, live), host('f2', live, older, old, live)])).toBe(old);
  expect(previousBuild([host('f1', live, older, old, live), host('f2', live, older, live)])).toBe(older);
  // After going back once, the newer one is not «previous».
  expect(previousBuild([host('f1', old, older, old, live)])).toBe(older);
  expect(previousBuild([host('f1', old, older, old, live)], live)).toBe(live);
});

test.each([
  [[host('f1', live, live)], undefined, 'No older build lies on every host (f1 runs 2026-01-03_00.00.00).'],
  [[host('f1', '')], undefined, 'No older build lies on every host (f1 runs none).'],
  [[host('f1', live, old, live), host('f2', old, old)], undefined, 'The hosts differ'],
  [
    [host('f1', live, old, live), host('f2', live, live)],
    old,
    `Not every host has the build ${old}; all have ${live}.`,
  ],
])('there may be none: %#', (all, asked, sentence) => {
  expect(() => previousBuild(all, asked)).toThrow(sentence);
});
