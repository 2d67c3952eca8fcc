import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { asLine, channelText, talking, wrapped } from '../../src/session/wrapper.ts';
import { shells } from '../shells.ts';
import { begin, carryOut, plain } from './in-shell.ts';
import { isRunning, until } from './local-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'fab-wrapper-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const odd = Array.from({ length: 0x17f }, (_, index) => String.fromCharCode(index + 1)).join('');

describe.each(shells)('the wrapper in $name', (shell) => {
  test('the marker, then the output; the status is the command’s', async () => {
    expect(await carryOut(shell, { command: 'echo out; exit 7' })).toEqual({
      status: 7,
      output: 'fab 1234\nout\n',
      errors: '',
    });
  });

  test('directory, path and variables, with everything in them that a shell could trip over', async () => {
    const answer = await carryOut(shell, {
      command: 'printf "%s|%s|%s" "$PWD" "${PATH%%:*}" "$ODD"',
      directory: folder,
      path: ["/a b/'c'"],
      variables: { ODD: odd },
    });
    expect(answer).toEqual({ status: 0, output: `fab 1234\n${folder}|/a b/'c'|${odd}`, errors: '' });
  });

  test('nothing is said after the command, however often', async () => {
    for (let n = 0; n < 15; n += 1) expect((await carryOut(shell, { command: ':' })).errors).toBe('');
  });

  test('a missing directory: status 125 and nothing of the command', async () => {
    const { status, output } = await carryOut(shell, { command: 'echo x', directory: `${folder}/missing` });
    expect([status, output]).toEqual([125, 'fab 1234\n']);
  });

  test('the end of its input ends the group, children that ignore HUP and TERM too', async () => {
    const [child, parent] = ['child', 'parent'].map((name) => join(folder, `${shell.name}.${name}`));
    const stubborn = `trap "" HUP TERM; ${shell.words.join(' ')} -c 'trap "" HUP TERM; echo $$ > "${child}"; while :; do sleep 1; done' & echo $$ > "${parent}"; while :; do sleep 1; done`;
    const running = begin(shell, wrapped({ ...plain, command: stubborn }));
    const said = () => [child, parent].map((path) => (existsSync(path!) ? Number(readFileSync(path!, 'utf8')) : 0));
    await until(() => said().every((pid) => pid > 0), 10);
    const pids = said();
    expect(pids.map(isRunning)).toEqual([true, true]);
    running.child.stdin.destroy();
    // TERM first: what obeys it may tidy up.
    expect(await until(() => !pids.some(isRunning), 10)).toBeGreaterThan(1);
    expect(await running.ended).toBe(137);
  });

  test('talking: standard input is the command’s', async () => {
    const { child, ended, output } = begin(shell, talking({ ...plain, command: 'cat; exit 3' }));
    child.stdin.end('one\ntwo');
    expect([await ended, await output]).toEqual([3, 'fab 1234\none\ntwo']);
  });
});

describe('the command line', () => {
  test('is free of what csh and fish read differently, as oneself', () => {
    expect(channelText(undefined)).toBe(`exec /bin/sh -c 'IFS= read -r s&&eval "$(printf %b "$s")"'`);
  });

  test('is the same behind sudo, which may not ask', () => {
    expect(channelText('shop owner')).toBe(
      `exec sudo -n -H -u 'shop owner' -- /bin/sh -c 'IFS= read -r s&&eval "$(printf %b "$s")"'`,
    );
  });

  test('a program is one line', () => {
    expect(asLine('a\n\\n b\\\n\n')).toBe('a\\n\\\\n b\\\\\n');
  });
});
