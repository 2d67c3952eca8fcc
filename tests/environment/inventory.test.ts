import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { folderOf, noticesOf, problemsOf, prodOf, read } from './folder.ts';
import { readInventory } from '../../src/environment/inventory/inventory.ts';
import { fileURLToPath } from 'node:url';

const inventoryOf = async (ini: string) => (await read(prodOf({ 'inventory.ini': ini }))).inventory;
const complaints = (ini: string) => problemsOf(prodOf({ 'inventory.ini': ini }));

test('connection variables become the host; the rest are its vars', async () => {
  const folder = fileURLToPath(new URL('inventories/38-connection/', import.meta.url));
  const { value, problems } = await readInventory(folder, { user: 'ansible', sshArguments: ['-4'] });
  expect(problems).toEqual([]);
  expect(value.hosts).toEqual([
    {
      name: 'web1',
      address: '10.0.0.1',
      connection: 'ssh',
      port: 2222,
      user: 'deploy',
      identityFile: join(homedir(), '.ssh/k'),
      sshArguments: ['-4', '-o', 'ProxyJump=gate', '-o', 'ServerAliveInterval=5', '-4'],
      groups: ['web'],
      vars: {},
    },
    {
      name: 'web2',
      address: '10.0.0.2',
      connection: 'ssh',
      port: 22,
      user: 'old',
      sshArguments: ['-4', '-o', 'ProxyJump=gate', '-o', 'ServerAliveInterval=5', '-4'],
      groups: ['web'],
      vars: {},
    },
    {
      name: 'localhost',
      address: 'localhost',
      connection: 'local',
      user: 'ansible',
      sshArguments: ['-4', '-o', 'ProxyJump=gate', '-o', 'ServerAliveInterval=5', '-4'],
      groups: ['web'],
      vars: {},
    },
  ]);
});

test("a group's hosts are in Ansible's order, the inventory's in the order of their first mention", async () => {
  const { hosts, groups } = await inventoryOf('[web1]\na x=1\n[web2]\nb\n[webworkers:children]\nweb2\nweb1\n[loose]\n');
  expect(hosts.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(groups).toEqual({
    all: ['b', 'a'],
    ungrouped: [],
    webworkers: ['b', 'a'],
    web1: ['a'],
    web2: ['b'],
    loose: [],
  });
  expect(hosts[0]).toMatchObject({ groups: ['web1', 'webworkers'], vars: { x: 1 } });
});

describe('problems', () => {
  test.each([
    ['[web]\nweb1 a="x', 'prod/inventory.ini:2: A " quotation is not closed.'],
    ['[web]\nweb1 word', "prod/inventory.ini:2: Expected key=value after the host's name, found: word"],
    ['[web:hosts_]\nweb1', 'prod/inventory.ini:1: [web:hosts_] is no kind of section.'],
    ['[a b]\nweb1', 'prod/inventory.ini:1: [a b] is no section.'],
    ['x\n[a:children]\nb', 'prod/inventory.ini:3: [a:children] name the group b, which is not declared.'],
    ['x\n[a:vars]\nb=1', 'prod/inventory.ini:2: [a:vars] sets variables of a group that is not declared.'],
    ['[a]\nh\n[a:children]\na', 'prod/inventory.ini:4: The group a cannot be its own child.'],
    ['w[01:100]', 'prod/inventory.ini:1: Begin and end of the range in w[01:100] have different lengths.'],
    ['w[1:900000000]', 'prod/inventory.ini:1: The range in w[1:900000000] stands for 900000000 hosts.'],
    ['h ansible_port=0x10000', 'prod/inventory.ini:1: ansible_port of h must be a port from 1 to 65535, not 65536.'],
    [
      'h ansible_connection=docker',
      'prod/inventory.ini:1: ansible_connection of h is docker; hosts are reached by ssh or are local.',
    ],
    [
      'h ansible_host="{{ x }}"',
      'prod/inventory.ini:1: ansible_host of h is a template ({{ x }}), which is not rendered here.',
    ],
    [
      'h ansible_ssh_common_args="-o \'a"',
      "prod/inventory.ini:1: ansible_ssh_common_args of h cannot be split into words: A ' quotation is not closed.",
    ],
    ['[web]\n', 'prod/inventory.ini: The inventory has no hosts.'],
    ['\ufeff[web]\nh', 'prod/inventory.ini: The file starts with a byte order mark, which Ansible takes for a host.'],
  ])('%j', async (ini, said) => {
    expect((await complaints(ini)).map((each) => each.split('\n')[0])).toEqual([said]);
  });

  test('a circle of groups is named where it closes', async () => {
    expect(await complaints('[a:children]\nb\n[b:children]\na\n[a]\nh\n')).toEqual([
      'prod/inventory.ini:4: The group a cannot be a child of b: b is already below a.',
    ]);
  });

  test('every wrong line is said', async () => {
    expect(await complaints('a b\nc d\n[x y]\n')).toHaveLength(3);
  });

  test('a wrong variable of a group is one problem, not one for each host', async () => {
    expect(await complaints('[web]\nweb[1:9]\n[web:vars]\nansible_connection=winrm\n')).toHaveLength(1);
  });

  test('one machine under two names', async () => {
    expect(await complaints('web1 ansible_host=10.0.0.1\nweb-1 ansible_host=10.0.0.1 ansible_port=22\n')).toEqual([
      'prod/inventory.ini: web1 and web-1 are the same machine (10.0.0.1 port 22).\n     Keep one name and put it into the groups of both.',
    ]);
    await inventoryOf(
      'a ansible_host=h ansible_port=1\nb ansible_host=h ansible_port=2\nc ansible_host=h ansible_connection=local\n',
    );
  });

  test('more than one inventory, or one that is not read', async () => {
    const [said] = await problemsOf(prodOf({ 'inventory.ts': '', 'inventory/a': 'h\n' }));
    expect(said).toContain('There is more than one inventory: inventory.ini, inventory, inventory.ts.');
    const directory = folderOf({ 'prod/inventory.csv': 'a,b' });
    expect(await problemsOf(directory)).toEqual([
      'prod/inventory.csv: inventory.csv is not read.\n     Write its hosts into inventory.ini.',
    ]);
  });
});

test('passwords do not get among the variables, and that is said', async () => {
  const folder = prodOf({ 'inventory.ini': 'h ansible_ssh_pass=hunter2 x=1\n' });
  expect((await read(folder)).inventory.hosts[0]?.vars).toEqual({ x: 1 });
  expect(await noticesOf(folder)).toEqual([
    'prod/inventory.ini:1: ansible_ssh_pass is ignored: logins are by key, sudo without a password.',
  ]);
});

test('host_vars and group_vars are named as not read', async () => {
  expect(await noticesOf(prodOf({ 'group_vars/all.yml': 'a: 1\n' }))).toEqual([
    'prod/group_vars is not read: write variables into the inventory itself.',
  ]);
});
