/**
 * Records what `ansible-inventory --list` says about every inventory of the corpus, beside it, as
 * expected.json. With --print the records go to standard output instead, as one JSON object by name.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const corpus = fileURLToPath(new URL('../tests/environment/inventories/', import.meta.url));
const run = promisify(execFile);

const home = await mkdtemp(join(tmpdir(), 'record-inventories-'));
await writeFile(join(home, 'ansible.cfg'), '');
const env = {
  PATH: process.env.PATH,
  HOME: home,
  LANG: 'C.UTF-8',
  ANSIBLE_CONFIG: join(home, 'ansible.cfg'),
  ANSIBLE_LOCAL_TEMP: home,
  // Without this a file that cannot be read is a warning, an exit status of 0 and half an answer.
  ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
};

const { stdout: about } = await run('ansible-inventory', ['--version'], { env });
const ansible = /core ([\d.]+)/.exec(about)?.[1] ?? 'unknown';

const sourceOf = async (name) => {
  const file = join(corpus, name, 'inventory.ini');
  return (await stat(file).catch(() => undefined)) === undefined ? join(corpus, name, 'inventory') : file;
};

const record = async (name) => {
  try {
    const { stdout } = await run('ansible-inventory', ['-i', await sourceOf(name), '--list'], { env });
    const { _meta: meta, ...groups } = JSON.parse(stdout);
    return { ansible, groups, hostvars: meta.hostvars };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { ansible, error: true };
  }
};

const names = (await readdir(corpus)).sort();
const records = {};
const queue = [...names];
await Promise.all(
  [1, 2].map(async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) records[name] = await record(name);
  }),
);
await rm(home, { recursive: true, force: true });

if (process.argv.includes('--print')) process.stdout.write(JSON.stringify(records));
else {
  for (const name of names) {
    await writeFile(join(corpus, name, 'expected.json'), `${JSON.stringify(records[name], null, 2)}\n`);
  }
  process.stdout.write(`${names.length} inventories recorded with ansible-core ${ansible}\n`);
}
