import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { algorithmOrder, judge, knownTypes } from '../../src/transport/host-keys.ts';
import { mergeKnownHosts } from '../../src/transport/known-hosts-merge.ts';
import { fingerprint, knownHostsName, lookup, parseKnownHosts } from '../../src/transport/known-hosts.ts';
import { makeKey } from './sshd.ts';

let folder: string;
/** Real public keys, as `type base64`. */
const keys: Record<'ed25519' | 'other' | 'ecdsa' | 'rsa', string> = { ed25519: '', other: '', ecdsa: '', rsa: '' };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fabwright-known-'));
  for (const name of ['ed25519', 'other', 'ecdsa', 'rsa'] as const) {
    makeKey(join(folder, name), name === 'other' ? 'ed25519' : name);
    keys[name] = readFileSync(join(folder, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (name: keyof typeof keys): Buffer => Buffer.from(keys[name].split(' ')[1]!, 'base64');
const base64 = (name: keyof typeof keys): string => keys[name].split(' ')[1]!;

describe('lookup agrees with ssh-keygen -F', () => {
  const names = [
    'web1',
    '10.0.0.1',
    'web2.example.org',
    'db1.example.org',
    'WEB1',
    'other',
    'hidden',
    '[web1]:2222',
    '[hidden]:2222',
    '[10.0.0.9]:22022',
    '::1',
  ];

  const file = (): string => {
    const path = join(folder, 'known_hosts');
    writeFileSync(join(folder, 'to_hash'), `hidden ${keys.ed25519}\n[hidden]:2222 ${keys.ecdsa}\n`);
    spawnSync('ssh-keygen', ['-q', '-H', '-f', join(folder, 'to_hash')]);
    writeFileSync(
      path,
      [
        '# a comment',
        '',
        `web1,10.0.0.1 ${keys.ed25519} root@web1`,
        `*.example.org,!db1.example.org ${keys.rsa}`,
        `10.0.0.? ${keys.ecdsa}`,
        `[web1]:2222,[10.0.0.*]:22022 ${keys.other}`,
        `@cert-authority *.example.org ${keys.other}`,
        `@revoked * ${keys.ecdsa}`,
        `::1 ${keys.ed25519}`,
        readFileSync(join(folder, 'to_hash'), 'utf8').trim(),
        'not an entry',
        '',
      ].join('\n'),
    );
    return path;
  };

  test.each(names)('%s', (name) => {
    const path = file();
    const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', path], { encoding: 'utf8' });
    const lines = [...stdout.matchAll(/^# Host .* found: line (\d+) ?(CA)?/gm)].flatMap(([, line, authority]) =>
      authority === undefined ? [Number(line)] : [],
    );
    const [, host = name, port = '22'] = /^\[(.*)\]:(\d+)$/.exec(name) ?? [];
    const found = lookup(parseKnownHosts(readFileSync(path, 'utf8'), path), host, Number(port));
    expect(found.map(({ line }) => line)).toEqual(lines);
  });

  test('a name is found only under its own port', () => {
    const entries = parseKnownHosts(`[web1]:2222 ${keys.ed25519}\n`, 'f');
    expect(lookup(entries, 'web1', 22)).toEqual([]);
    expect(lookup(entries, 'web1', 2222, 'ssh-rsa')).toEqual([]);
    expect(lookup(entries, 'web1', 2222, 'ssh-ed25519')).toHaveLength(1);
    expect(knownHostsName('Web1', 2222)).toBe('[web1]:2222');
  });
});

test('fingerprints are OpenSSH’s', () => {
  const said = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'rsa.pub')], { encoding: 'utf8' });
  expect(said).toContain(fingerprint(bytes('rsa')));
});

describe('judging a key', () => {
  const at = (text: string, file = 'environment'): ReturnType<typeof parseKnownHosts> => parseKnownHosts(text, file);
  const web1 = { names: ['web1'], port: 22 };

  test('known, unknown, changed, of another type', () => {
    const files = [at(`web1 ${keys.ed25519}\n`)];
    expect(judge(files, web1, bytes('ed25519')).kind).toBe('known');
    expect(judge(files, { names: ['web2'], port: 22 }, bytes('ed25519')).kind).toBe('unknown');
    expect(judge(files, web1, bytes('other'))).toMatchObject({
      kind: 'changed',
      entry: { file: 'environment', line: 1 },
    });
    expect(judge(files, web1, bytes('rsa'))).toMatchObject({ kind: 'other-type', entry: { line: 1 } });
  });

  test('the user’s entry cannot overrule the environment’s', () => {
    const files = [at(`web1 ${keys.ed25519}\n`), at(`web1 ${keys.other}\n`, 'user')];
    expect(judge(files, web1, bytes('other'))).toMatchObject({ kind: 'changed', entry: { file: 'environment' } });
  });

  test('the user’s entry counts where the environment has none of this type', () => {
    const files = [at(`web1 ${keys.rsa}\n`), at(`web1 ${keys.other}\n`, 'user')];
    expect(judge(files, web1, bytes('other')).kind).toBe('known');
  });

  test('a revoked key is refused although another line knows it', () => {
    const files = [at(`web1 ${keys.ed25519}\n`), at(`@revoked * ${keys.ed25519}\n`, 'user')];
    expect(judge(files, web1, bytes('ed25519'))).toMatchObject({ kind: 'revoked', entry: { file: 'user' } });
  });

  test('two keys of one type are both good, while a host changes over', () => {
    const files = [at(`web1 ${keys.ed25519}\nweb1 ${keys.other}\n`)];
    expect(judge(files, web1, bytes('other')).kind).toBe('known');
  });

  test('a key known for port 22 vouches for another port, and never against it', () => {
    const files = [at(`web1 ${keys.ed25519}\n`)];
    expect(judge(files, { names: ['web1'], port: 2222 }, bytes('ed25519')).kind).toBe('known');
    expect(judge(files, { names: ['web1'], port: 2222 }, bytes('other')).kind).toBe('unknown');
  });

  test('the known types are asked for first', () => {
    const files = [at(`web1 ${keys.rsa}\n`), at(`web1 ${keys.ecdsa}\nweb1 ${keys.rsa}\n`)];
    const types = knownTypes(files, web1);
    expect(types).toEqual(['ssh-rsa', 'ecdsa-sha2-nistp256']);
    expect(algorithmOrder(types, undefined).slice(0, 4)).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
    ]);
    expect(algorithmOrder(types, ['ssh-ed25519', 'ssh-rsa'])).toEqual(['ssh-ed25519', 'ssh-rsa']);
    expect(algorithmOrder([], ['sk-ssh-ed25519@openssh.com'])).toEqual([]);
  });
});

describe('merging what a scan found', () => {
  const found = (name: string, ...types: (keyof typeof keys)[]) => ({
    name,
    keys: types.map((type) => ({ type: keys[type].split(' ')[0]!, key: base64(type) })),
  });
  const pinned = (name: string, type: keyof typeof keys) => ({
    name,
    type: keys[type].split(' ')[0]!,
    key: base64(type),
  });

  test('into nothing: sorted, each key once', () => {
    const merged = mergeKnownHosts('', [found('web2', 'ed25519'), found('web1', 'rsa', 'ed25519')]);
    expect(merged).toEqual({
      text: `web1 ${keys.ed25519}\nweb1 ${keys.rsa}\nweb2 ${keys.ed25519}\n`,
      added: [pinned('web2', 'ed25519'), pinned('web1', 'rsa'), pinned('web1', 'ed25519')],
      changed: [],
      removed: [],
      kept: 0,
    });
  });

  test('again changes nothing', () => {
    const hosts = [found('web2', 'ed25519'), found('web1', 'rsa', 'ed25519')];
    const { text } = mergeKnownHosts('# pinned by us\n', hosts);
    expect(mergeKnownHosts(text, hosts)).toEqual({ text, added: [], changed: [], removed: [], kept: 3 });
    expect(text.startsWith('# pinned by us\n')).toBe(true);
  });

  test('a changed key replaces its line; hosts that did not answer keep theirs', () => {
    const before = `web1 ${keys.ed25519}\nweb2 ${keys.rsa}\nweb3 ${keys.ecdsa}\n`;
    const merged = mergeKnownHosts(before, [found('web1', 'other'), { name: 'web2', keys: [] }]);
    expect(merged).toEqual({
      text: `web1 ${keys.other}\nweb2 ${keys.rsa}\nweb3 ${keys.ecdsa}\n`,
      added: [],
      changed: [{ before: pinned('web1', 'ed25519'), after: pinned('web1', 'other') }],
      removed: [],
      kept: 2,
    });
  });

  test('a key that the host no longer shows goes', () => {
    const merged = mergeKnownHosts(`web1 ${keys.ed25519}\nweb1 ${keys.rsa}\n`, [found('web1', 'ed25519')]);
    expect(merged).toMatchObject({ text: `web1 ${keys.ed25519}\n`, removed: [pinned('web1', 'rsa')], kept: 1 });
  });

  test('names that share a line, hashed lines, patterns and markers', () => {
    writeFileSync(join(folder, 'hash'), `web1 ${keys.ed25519}\n`);
    spawnSync('ssh-keygen', ['-q', '-H', '-f', join(folder, 'hash')]);
    const hashed = readFileSync(join(folder, 'hash'), 'utf8').trim();
    const before = [
      `web1,10.0.0.1 ${keys.ed25519}`,
      hashed,
      `*.example.org ${keys.rsa}`,
      `@revoked * ${keys.ecdsa}`,
      `@cert-authority * ${keys.rsa}`,
    ];
    const merged = mergeKnownHosts(before.join('\n'), [found('web1', 'other')]);
    expect(
      merged.text
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual([`10.0.0.1 ${keys.ed25519}`, `web1 ${keys.other}`, ...before.slice(2)].sort());
    expect(merged.changed).toHaveLength(1);
    expect(merged.kept).toBe(3);
  });
});
