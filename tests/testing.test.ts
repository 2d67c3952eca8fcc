import { expect, test } from '@jest/globals';
import { operation, role, text } from '../src/index.ts';
import { rehearse, rehearsed } from '../src/testing.ts';

const web = role('web');
const greet = operation({
  name: 'app.greet',
  roles: [web],
  params: { name: text({ description: 'whom', default: 'you' }) },
  run: async ({ host, release, params, say }) => {
    if (await host.test`test -e ${release.path}`) await host.in(release.path).as('root').run`greet ${params.name}`;
    await host.put('hello', '/etc/motd');
    say('greeted');
    return host.read`cat /etc/hostname`;
  },
});

test('a rehearsal gives answers and tells commands, words and files', async () => {
  const path = `/srv/app/releases/${rehearsed.release}`;
  expect(
    await rehearse(greet, {
      params: { name: "O'Hara" },
      answers: { [`test -e ${path}`]: 0, 'cat /etc/hostname': 'web1' },
    }),
  ).toEqual({
    result: 'web1',
    commands: [`test -e ${path}`, `in ${path}: as root: greet 'O'\\''Hara'`, 'put /etc/motd', 'cat /etc/hostname'],
    said: ['greeted'],
    stopping: [],
    files: { '/etc/motd': 'hello' },
  });
});

test('what the test does not answer fails with the exact command', async () => {
  await expect(rehearse(greet)).rejects.toThrow(
    `The rehearsal has no answer for: test -e /srv/app/releases/${rehearsed.release}`,
  );
});

test('a status that is not 0 fails as on a host', async () => {
  const fails = operation({ name: 'app.fail', roles: [web], run: ({ host }) => host.run`false` });
  await expect(rehearse(fails, { answers: { false: 3 } })).rejects.toThrow('«false» ended with 3');
});
