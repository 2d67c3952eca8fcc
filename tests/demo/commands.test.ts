import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { ensureDemoFleet, type DemoFleet } from '../../src/demo/fleet.ts';
import type { DemoFolder } from '../../src/demo/folder.ts';
import { newKeyPair } from '../../src/demo/keys.ts';
import { answerOf, ask, eventually, exitOf, logged, logIn, newDemo, open, removeDemo } from './helpers.ts';

let folder: DemoFolder;
let fleet: DemoFleet;
let client: Client;

beforeAll(async () => {
  folder = await newDemo();
  fleet = await ensureDemoFleet(folder.environment);
  client = await logIn(fleet);
});
afterAll(async () => {
  client.end();
  await removeDemo(folder);
});

const isGone = (pid: number): true | undefined => {
  try {
    // A zombie has ended, too; who inherits it decides when it goes.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ') ? true : undefined;
  } catch {
    return true;
  }
};

describe('what a command on a demo host is given', () => {
  test('the home of its host as HOME and as working directory', async () => {
    const home = await realpath(folder.home('web1'));
    expect((await ask(client, 'pwd -P; cd ~ && pwd -P')).output).toBe(`${home}\n${home}\n`);
  });

  test('a clean environment, in which node, git and perl are found', async () => {
    const { output } = await ask(client, 'env | cut -d= -f1 | sort | tr "\\n" " "; command -v node git perl >&2');
    expect(
      output
        .trim()
        .split(' ')
        .filter((name) => name !== '_' && name !== 'OLDPWD'),
    ).toEqual(['HOME', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'USER']);
    expect((await ask(client, 'command -v node git perl')).status).toBe(0);
  });

  test('a process group of its own', async () => {
    const { output } = await ask(client, 'echo $$; cut -d" " -f5 /proc/$$/stat');
    const [pid, group] = output.trim().split('\n');
    expect(group).toBe(pid);
  });

  test('pipes that can be opened by name, as sshd gives them', async () => {
    expect(await ask(client, 'cat; echo out >/dev/stdout; echo err >/dev/stderr', 'in\n')).toEqual({
      status: 0,
      signal: undefined,
      output: 'in\nout\n',
      errors: 'err\n',
    });
  });

  test('a mask that does not depend on who started the fleet', async () => {
    expect((await ask(client, 'umask')).output).toMatch(/^0*22\n$/);
  });
});

describe('how a command ends', () => {
  test.each([0, 1, 127, 255])('with status %d', async (status) => {
    expect((await ask(client, `exit ${status}`)).status).toBe(status);
  });

  test.each(['KILL', 'TERM', 'PIPE'])('by the signal %s', async (signal) => {
    expect(await ask(client, `kill -${signal} $$`)).toMatchObject({ status: null, signal: `SIG${signal}` });
  });

  test('by a signal that SSH has no name for: no status, never 0', async () => {
    expect(await ask(client, 'kill -BUS $$')).toMatchObject({ status: null, signal: undefined });
  });

  test('not before its output has arrived, however much', async () => {
    const { output, errors, status } = await ask(
      client,
      'head -c 20000000 /dev/zero | tr "\\0" a & head -c 5000000 /dev/zero | tr "\\0" b >&2; wait; exit 3',
    );
    expect([output.length, errors.length, status]).toEqual([20_000_000, 5_000_000, 3]);
    expect([/[^a]/.test(output), /[^b]/.test(errors)]).toEqual([false, false]);
  });

  test('with its status at once although a daemon holds the output', async () => {
    const channel = await open(client, 'sleep 5 & echo started; exit 4');
    channel.resume();
    const started = performance.now();
    expect((await exitOf(channel)).status).toBe(4);
    expect(performance.now() - started).toBeLessThan(4000);
    channel.close();
  });

  test('at the end of its input', async () => {
    const { output } = await ask(client, 'wc -c', 'x'.repeat(5_000_000));
    expect(output.trim()).toBe('5000000');
  });

  test('also when it never reads what it is sent', async () => {
    expect((await ask(client, 'exit 6', 'x'.repeat(5_000_000))).status).toBe(6);
  });
});

describe('back-pressure', () => {
  test('a command waits for a client that does not read', async () => {
    const file = join(folder.home('web1'), 'written');
    const channel = await open(
      client,
      `perl -e '$| = 1; for (1..400) { print "x" x 65536; open F, ">written"; print F $_; close F }'`,
    );
    channel.pause();
    await pause(1500);
    const written = Number(await readFile(file, 'utf8'));
    // 25 MB in all; on the way are two windows of 2 MB, and pipes.
    expect(written).toBeLessThan(200);
    const answer = answerOf(channel);
    channel.resume();
    expect((await answer).output).toHaveLength(400 * 65536);
  });
});

describe('when the client goes', () => {
  const waiting = 'cat >/dev/null; echo "end of input" >ended';

  test('a closed channel ends the input', async () => {
    const channel = await open(client, `rm -f ended; echo started; ${waiting}`);
    await new Promise((resolve) => channel.once('data', resolve));
    channel.close();
    expect(
      await eventually(() =>
        readFile(join(folder.home('web1'), 'ended'), 'utf8').then(
          (text) => text || undefined,
          () => undefined,
        ),
      ),
    ).toBe('end of input\n');
  });

  test('a lost connection ends the input, even of a command that has not read all', async () => {
    const second = await logIn(fleet);
    const channel = await open(second, `rm -f ended; echo $$; sleep 1; ${waiting}`);
    const pid = await new Promise<number>((resolve) => channel.once('data', (text: Buffer) => resolve(Number(text))));
    channel.write('x'.repeat(1_000_000));
    second.destroy();
    await eventually(() => isGone(pid));
    expect(await readFile(join(folder.home('web1'), 'ended'), 'utf8')).toBe('end of input\n');
  });

  test('a command that goes on writing meets a broken pipe', async () => {
    const second = await logIn(fleet);
    const channel = await open(second, 'echo $$; exec yes');
    const pid = await new Promise<number>((resolve) =>
      channel.once('data', (text: Buffer) => resolve(Number(text.toString().split('\n')[0]))),
    );
    second.destroy();
    await eventually(() => isGone(pid));
  });

  test('a signal reaches the whole process group', async () => {
    const channel = await open(client, 'sleep 60 & echo $!; wait');
    const answer = answerOf(channel);
    const pid = await new Promise<number>((resolve) => channel.once('data', (text: Buffer) => resolve(Number(text))));
    channel.signal('TERM');
    expect((await answer).signal).toBe('SIGTERM');
    await eventually(() => isGone(pid));
  });
});

describe('who may log in', () => {
  test.each([
    ['with another key', { key: newKeyPair('stranger').private }],
    ['as another user', { user: 'root' }],
    ['with a password', { password: 'demo' }],
  ])('nobody %s', async (_, login) => {
    await expect(logIn(fleet, login)).rejects.toThrow(/authentication methods failed/);
  });

  test('ten channels at once, as with a stock sshd, and no more', async () => {
    const channels = await Promise.all(Array.from({ length: 10 }, () => open(client, 'cat')));
    await expect(open(client, 'true')).rejects.toThrow(/open failure/);
    await Promise.all(
      channels.map((channel) => {
        const answer = answerOf(channel);
        channel.end();
        return answer;
      }),
    );
    expect((await ask(client, 'echo again')).output).toBe('again\n');
  });
});

test('the log has a line for each connection and for each command', async () => {
  const before = await logged(folder, 'accepted');
  const second = await logIn(fleet);
  await ask(second, 'echo "for the log"');
  second.end();
  await eventually(async () => ((await logged(folder, 'accepted')).length > before.length ? true : undefined));
  const after = await logged(folder, 'accepted');
  expect(after.length - before.length).toBe(1);
  const number = /web1 (connection \d+) accepted$/.exec(after.at(-1)!)![1]!;
  const line = `${number} command "echo \\"for the log\\""`;
  await eventually(async () => ((await logged(folder, line)).length > 0 ? true : undefined));
  expect(await logged(folder, line)).toHaveLength(1);
  await eventually(async () => ((await logged(folder, `${number} closed`)).length === 1 ? true : undefined));
});
