import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fleetCommand } from './command.ts';
import { describeFleet } from './describe.ts';
import type { FleetKind } from './index.ts';

const kinds: readonly FleetKind[] = ['loopback', 'namespaces'];

for (const kind of kinds) {
  describeFleet(kind, 'npm run fleet', () => {
    let folder: string;
    const type = async (...words: readonly string[]) => {
      const said = { out: '', err: '' };
      const desk = {
        folder,
        out: (text: string) => void (said.out += text),
        err: (text: string) => void (said.err += text),
      };
      return { code: await fleetCommand(words, desk), ...said };
    };

    beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'fleet-command-')), 'fleet')));
    afterEach(async () => {
      await type('down');
      rmSync(join(folder, '..'), { recursive: true });
    });

    test('starts, breaks, mends and takes away', async () => {
      const up = await type('up', '2', '--kind', kind);
      expect(up).toMatchObject({ code: 0, err: '' });
      expect(up.out).toMatch(new RegExp(`^2 hosts are up \\(${kind}, \\d+\\.\\d s\\): web1 web2\n`));
      expect(readFileSync(join(folder, 'environments/fleet/inventory.ini'), 'utf8')).toContain(
        '[webworkers]\nweb1\nweb2',
      );
      expect(await type('up', '1')).toMatchObject({ code: 2, err: expect.stringContaining('A fleet is up already') });
      expect(await type('exec', 'web1', 'echo hello; exit 4')).toEqual({ code: 4, out: 'hello\n', err: '' });
      expect(await type('kill', 'web2')).toEqual({ code: 0, out: 'web2 is dead; its files stay.\n', err: '' });
      expect((await type('status')).out).toMatch(/web1 +up .*\nweb2 +down /);
      expect((await type('restart', 'web2')).code).toBe(0);
      expect((await type('cut', 'web2')).out).toBe('web2 is silent.\n');
      expect((await type('heal', 'web2')).out).toBe('web2 answers again.\n');
      expect((await type('status')).out).toMatch(/web1 +up .*\nweb2 +up /);
      expect(await type('down')).toEqual({ code: 0, out: 'The fleet is gone.\n', err: '' });
      expect(existsSync(folder)).toBe(false);
    });

    test('says what to type', async () => {
      expect(await type('status')).toEqual({
        code: 2,
        out: '',
        err: 'No fleet is up. Start one: npm run fleet -- up 3\n',
      });
      expect((await type('up', 'many')).err).toBe('How many hosts? npm run fleet -- up 3\n');
      expect((await type('up', '2', '--kind', 'cloud')).err).toBe('--kind is one of loopback, namespaces\n');
      expect((await type('burn', 'web1')).err).toMatch(/^There is no "burn"\.\nnpm run fleet -- up N/);
      expect((await type()).out).toMatch(/^npm run fleet -- up N/);
      expect((await type('down')).out).toBe('No fleet was up.\n');
    });
  });
}
