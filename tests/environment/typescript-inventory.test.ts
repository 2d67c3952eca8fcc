import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { folderOf, problemsOf, read } from './folder.ts';

const cache = folderOf({});
process.env['XDG_CACHE_HOME'] = cache;

const folder = (source: string) => folderOf({ 'prod/inventory.ts': source });

test('a typed inventory', async () => {
  const source = `
    interface Spot { address: string; groups: string[] }
    const spots: Record<string, Spot> = { web1: { address: '10.0.0.1', groups: ['web', 'all'] } };
    export default { hosts: { ...spots, db1: { port: 2222, user: 'me', connection: 'ssh', groups: [], vars: { size: 3 } } } };
  `;
  const { inventory } = await read(folder(source));
  expect(inventory).toEqual({
    hosts: [
      { name: 'web1', address: '10.0.0.1', connection: 'ssh', groups: ['web'], vars: {} },
      { name: 'db1', address: 'db1', connection: 'ssh', port: 2222, user: 'me', groups: [], vars: { size: 3 } },
    ],
    groups: { all: ['web1', 'db1'], web: ['web1'], ungrouped: ['db1'] },
  });
  expect(statSync(join(cache, 'fabwright', 'jiti')).mode & 0o777).toBe(0o700);
});

test('what is wrong in it has its place', async () => {
  const source = `export default { hosts: { a: { port: 0, groups: 'web' }, b: { adress: 'x', groups: [] }, c: {} } };`;
  expect((await problemsOf(folder(source))).map((each) => each.split('\n')[0])).toEqual([
    'prod/inventory.ts: hosts.a.port must be from 1 to 65535.',
    'prod/inventory.ts: hosts.a.groups must be a list of group names.',
    'prod/inventory.ts: hosts.b.adress is not known.',
    'prod/inventory.ts: hosts.c.groups is missing.',
  ]);
});

test('a file that does not load', async () => {
  expect((await problemsOf(folder('export default {')))[0]).toMatch(
    /^prod\/inventory\.ts: The inventory could not be loaded: /,
  );
  expect((await problemsOf(folder('export const hosts = 1;')))[0]).toMatch(/^prod\/inventory\.ts: /);
});
