import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { shell, sh } from '../../src/model/command.ts';
import { Secret } from '../../src/model/secret.ts';
import { StreamChannel } from '../../src/transport/channel.ts';
import type { Connection } from '../../src/transport/transport.ts';
import {
  connected,
  failureIn,
  here,
  isRunning,
  processesWith,
  sessionWith,
  slowness,
  through,
  until,
} from './local-host.ts';

const folder = mkdtempSync(join(tmpdir(), "fab session's-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let connection: Connection;
let counted = 0;
let root = '';
beforeEach(async () => {
  connection = await connected();
  root = join(folder, `dir ${(counted += 1)} $x`);
  mkdirSync(root);
});
afterEach(() => connection.close());

const failed = (command: string, status: unknown, output: unknown = '') => ({
  reason: 'command',
  command,
  status,
  output,
});

describe('how a command ends', () => {
  test('a session is the host itself, with verbs', () => {
    expect(sessionWith(connection)).toMatchObject(here);
  });

  test('over before anybody could listen, its words are told all the same', async () => {
    // As ssh2 hands it over when a sudo that refuses says so in the packet that confirms the command.
    const open = async (): Promise<StreamChannel> => {
      const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
      const channel = new StreamChannel({ input, output, errors, release: () => undefined });
      errors.end('sudo: a password is required\n');
      output.end();
      channel.exited({ kind: 'exit', code: 1 });
      await channel.ended;
      return channel;
    };
    const host = sessionWith({ ...connection, open });
    const refused = failed('true', 1, 'sudo: a password is required');
    expect(await failureIn(host.run`true`)).toEqual(refused);
    const opened = await host.open(sh`true`);
    expect(await failureIn(opened.done)).toEqual(refused);
  });

  test('status 0 is success; read gives the output less one newline', async () => {
    const host = sessionWith(connection);
    await expect(host.run`true`).resolves.toBeUndefined();
    expect(await host.read`printf 'a\n\nb\n\n'`).toBe('a\n\nb\n');
    expect(await host.read`true`).toBe('');
  });

  test('any other status is a failure with the last lines of both outputs', async () => {
    const host = sessionWith(connection);
    expect(await failureIn(host.run`echo out; echo err >&2; exit 3`)).toEqual(
      failed('echo out; echo err >&2; exit 3', 3, expect.stringMatching(/^(out\nerr|err\nout)$/)),
    );
    const many = shell('for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do echo $n; done; exit 1');
    expect(await failureIn(host.read(many))).toEqual(
      failed(many.text, 1, Array.from({ length: 20 }, (_, index) => index + 3).join('\n')),
    );
  });

  test('test: 0 is true, 1 is false, anything else a failure', async () => {
    const host = sessionWith(connection);
    expect(await host.test`true`).toBe(true);
    expect(await host.test`false`).toBe(false);
    expect(await failureIn(host.test`[ 1 -eq`)).toMatchObject({ reason: 'command', status: 2 });
  });

  test('a command that a signal ends is no success, and 128 + n is not taken for one', async () => {
    const host = sessionWith(connection);
    expect(await failureIn(host.run`kill -TERM $$`)).toEqual(failed('kill -TERM $$', 143, expect.any(String)));
    expect(await failureIn(host.test`kill -KILL $$`)).toMatchObject({ status: 137 });
  });

  test('when even the wrapper is killed, the signal is the status', async () => {
    const killed = through(connection, () => 'kill -KILL $$');
    expect(await failureIn(sessionWith(killed).run`true`)).toEqual(failed('true', 'SIGKILL'));
  });

  test('values are quoted, text is refused', async () => {
    const host = sessionWith(connection);
    const hostile = `two  spaces, 'quotes', "more", $(id) \`id\` \\ * \n next 🚀 é ā \u0081`;
    expect(await host.read`printf %s ${hostile}`).toBe(hostile);
    expect(await host.read(sh`printf '<%s>' ${['a b', '', '$x']}`)).toBe('<a b><><$x>');
    expect(() => (host.run as unknown as (line: string) => unknown)('rm -rf /')).toThrow(
      'Use host.run`…`, or host.run(shell(line))',
    );
  });

  test('a command of 100 KB and one with every odd byte arrive whole', async () => {
    const host = sessionWith(connection);
    const long = 'é\\n%s\\\\ '.repeat(12_000);
    expect((await host.read`printf %s ${long} | wc -c`).trim()).toBe(String(Buffer.byteLength(long)));
    const odd = Array.from({ length: 0x2ff }, (_, index) => String.fromCharCode(index + 1)).join('');
    expect(await host.read`printf %s ${odd}`).toBe(odd);
  });

  test('UTF-8 that is split over chunks survives, in answers and in lines', async () => {
    const lines: string[] = [];
    const host = sessionWith(connection, { onLine: (_, line) => lines.push(line) });
    expect(await host.read`printf 'caf\303'; sleep 0.2; printf '\251 \360\237'; sleep 0.2; printf '\232\200\n'`).toBe(
      'café 🚀',
    );
    expect(lines).toEqual(['café 🚀']);
  });

  test('lines are told as they come, by stream; a last one without a newline too', async () => {
    const lines: string[] = [];
    const commands: string[] = [];
    const host = sessionWith(connection, {
      onLine: (stream, line) => lines.push(`${stream}: ${line}`),
      onCommand: (command) => commands.push(command),
    });
    await host.run`echo one; echo two >&2; printf '10%%\r50%%\r100%%\nlast'`;
    expect(lines.filter((line) => line.startsWith('out'))).toEqual([
      'out: one',
      'out: 10%',
      'out: 50%',
      'out: 100%',
      'out: last',
    ]);
    expect(lines.filter((line) => line.startsWith('err'))).toEqual(['err: two']);
    expect(commands).toEqual([`echo one; echo two >&2; printf '10%%\\r50%%\\r100%%\\nlast'`]);
  });

  test('20 MB of output are read whole', async () => {
    const answer = await sessionWith(connection).read`yes 0123456789abcde | head -c 20000000`;
    expect(answer.length).toBe(19_999_999);
  });

  test('what goes on with our output does not hold the answer up', async () => {
    const began = Date.now();
    expect(await sessionWith(connection).read`echo started; sleep 20 & echo $!`).toMatch(/^started\n\d+$/);
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('standard input is empty, not ours', async () => {
    expect(await sessionWith(connection).read`cat; echo done`).toBe('done');
  });
});

describe('where and as whom', () => {
  test('in: the whole command runs there', async () => {
    const host = sessionWith(connection).in(root);
    expect(await host.read`false && true || pwd`).toBe(root);
    expect(await host.read`pwd; cd /; pwd`).toBe(`${root}\n/`);
    expect(await host.read`pwd`).toBe(root);
    mkdirSync(join(root, '-dash'));
    expect(await sessionWith(connection).in(join(root, '-dash')).read`pwd`).toBe(join(root, '-dash'));
  });

  test('in: a missing directory is a failure, and no part of the command runs', async () => {
    const mark = join(root, 'mark');
    const missing = sessionWith(connection).in(join(root, 'missing'));
    const line = sh`false && true || touch ${mark}`;
    expect(await failureIn(missing.run(line))).toEqual(failed(line.text, 125, expect.stringContaining('missing')));
    // `false` would be an answer about the host; there is none.
    expect(await failureIn(missing.test`true`)).toEqual(failed('true', 125, expect.stringContaining('missing')));
    expect(existsSync(mark)).toBe(false);
  });

  test('env: values of every kind, names checked, later ones win', async () => {
    const value = `a 'b' "c" $HOME \`id\` \\ \n two 🚀 = %s\n`;
    const host = sessionWith(connection)
      .env({ VALUE: value, OTHER: 'one' })
      .env({ OTHER: new Secret('two') });
    expect(await host.read`printf '%s|%s' "$VALUE" "$OTHER"`).toBe(`${value}|two`);
    await expect(host.env({ 'A B': 'x' }).run`true`).rejects.toThrow('«A B» is no name for an environment variable.');
    await expect(host.env({ 'X;id': 'x' }).run`true`).rejects.toThrow('«X;id» is no name');
  });

  test('env: no value is ever in a process list', async () => {
    const value = `hush-${'x'.repeat(8)}-${Date.now()}`;
    const mark = join(root, 'started');
    const host = sessionWith(connection).env({ TOKEN: new Secret(value) });
    const go = join(root, 'go');
    const running = host.read`: > ${mark}; until [ -e ${go} ]; do sleep 0.02; done; printf %s "$TOKEN"`;
    await until(() => existsSync(mark), 5);
    expect(processesWith(value)).toEqual([]);
    expect(processesWith('sleep 0.02; done; printf')).not.toEqual([]); // The looking itself works.
    writeFileSync(go, '');
    expect(await running).toBe(value);
  });

  test('umask is 022, whoever starts us', async () => {
    const loose = through(connection, (command) => `umask 077; ${command}`);
    await sessionWith(loose).in(root).run`: > file; mkdir dir`;
    expect([statSync(join(root, 'file')).mode & 0o777, statSync(join(root, 'dir')).mode & 0o777]).toEqual([
      0o644, 0o755,
    ]);
  });

  test('path: is put in front; 127 tells which PATH it was', async () => {
    const bin = join(root, 'b i n');
    mkdirSync(bin);
    writeFileSync(join(bin, 'my-tool'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    const host = sessionWith(connection, { path: [bin, '/opt/other'] });
    expect(await host.read`my-tool; ls / >/dev/null`).toBe('mine');
    expect(await failureIn(host.run`no-such-tool`)).toEqual({
      ...failed('no-such-tool', 127, expect.stringContaining('no-such-tool')),
      path: `${bin}:/opt/other:$PATH`,
    });
    expect(await failureIn(host.run`exit 126`)).toEqual(failed('exit 126', 126));
  });

  const asOther = process.getuid?.() === 0 && existsSync('/usr/bin/sudo') ? test : test.skip;
  asOther('as: through sudo, with that user’s home and all of env', async () => {
    const host = sessionWith(connection).as('nobody').env({ X: "it's\nme" });
    expect(await host.read`id -un; printf '%s' "$X"`).toBe("nobody\nit's\nme");
    expect(await failureIn(sessionWith(connection).as('no-such-user').run`true`)).toMatchObject({
      reason: 'command',
      output: expect.stringMatching(/no-such-user[\s\S]*NOPASSWD/),
    });
  });
});

describe('login shells', () => {
  test('what a shell says before our marker is no answer', async () => {
    const chatty = through(connection, (command) => `echo 'Welcome to web1!'; printf 'no newline here'; ${command}`);
    expect(await sessionWith(chatty).read`echo answer`).toBe('answer');
    expect(await sessionWith(chatty).test`false`).toBe(false);
    const { output, done } = await sessionWith(chatty).open`echo answer`;
    expect(await text(output)).toBe('answer\n');
    await done;
  });

  test('a restricted shell that says so and exits 0 is a failure', async () => {
    const restricted = through(connection, () => `echo 'This account is restricted.'; exit 0`);
    const expected = failed('rm -rf x', undefined, 'This account is restricted.');
    expect(await failureIn(sessionWith(restricted).run`rm -rf x`)).toEqual(expected);
    expect(await failureIn(sessionWith(restricted).test`rm -rf x`)).toEqual(expected);
    expect(await failureIn(sessionWith(restricted).put('x', join(root, 'file')))).toMatchObject({ status: undefined });
    const opened = await sessionWith(restricted).open`rm -rf x`;
    opened.output.resume();
    expect(await failureIn(opened.done)).toEqual(expected);
  });

  test('an account that is closed is a failure with its words', async () => {
    const closed = through(connection, () => `echo 'This account is currently not available.'; exit 1`);
    expect(await failureIn(sessionWith(closed).test`true`)).toEqual(
      failed('true', 1, 'This account is currently not available.'),
    );
  });

  test('much chatter and no marker is a failure, not a full memory', async () => {
    const endless = through(connection, () => 'yes chatter | head -c 30000000');
    expect(await failureIn(sessionWith(endless).run`true`)).toMatchObject({ reason: 'command', status: undefined });
  });
});

describe('ending a command', () => {
  const family = sh`trap '' HUP TERM; sh -c 'trap "" HUP TERM; echo $$ > child; while :; do sleep 1; done' & echo $$ > parent; while :; do sleep 1; done`;
  const pids = () =>
    ['child', 'parent'].map((name) =>
      existsSync(join(root, name)) ? Number(readFileSync(join(root, name), 'utf8')) : 0,
    );
  const begun = () => until(() => pids().every((pid) => pid > 0), 10);

  test('within: a command that takes longer is ended', async () => {
    const host = sessionWith(connection).in(root);
    const began = Date.now();
    expect(await failureIn(host.within(1.5).run`echo $$ > pid; sleep 60`)).toEqual({
      reason: 'timeout',
      command: 'echo $$ > pid; sleep 60',
      seconds: 1.5,
      silent: false,
    });
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(isRunning(Number(readFileSync(join(root, 'pid'), 'utf8')))).toBe(false);
    await expect(host.within(30).run`true`).resolves.toBeUndefined();
  });

  test('silence: a command that says nothing for too long is ended, one that talks is not', async () => {
    const host = sessionWith(connection, { silence: 0.5 });
    expect(await failureIn(host.run`echo hello; sleep 60`)).toEqual({
      reason: 'timeout',
      command: 'echo hello; sleep 60',
      seconds: 0.5,
      silent: true,
    });
    expect(await host.read`for n in 1 2 3 4 5 6; do sleep 0.2; echo $n; done | tail -n 1`.catch(() => 'ended')).toBe(
      'ended',
    );
    const patient = sessionWith(connection, { silence: 2 });
    expect(await patient.read`for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.2; echo $n; done`).toBe(
      Array.from({ length: 12 }, (_, index) => index + 1).join('\n'),
    );
  });

  test('a signal ends the whole group within 2 s, even when all of it ignores HUP and TERM', async () => {
    const abort = new AbortController();
    const failure = failureIn(sessionWith(connection, { signal: abort.signal }).in(root).run(family));
    await begun();
    const [began, slow] = [Date.now(), slowness()];
    abort.abort();
    expect(await failure).toEqual({ reason: 'cancelled' });
    expect(Date.now() - began).toBeLessThan(2500 * (await slow));
    expect(pids().some(isRunning)).toBe(false);
  });

  test('a group that obeys TERM is gone at once', async () => {
    const abort = new AbortController();
    const host = sessionWith(connection, { signal: abort.signal }).in(root);
    const failure = failureIn(host.run`sleep 60 & echo $! > child; echo $$ > parent; wait`);
    await begun();
    const slow = slowness();
    abort.abort();
    expect(await failure).toEqual({ reason: 'cancelled' });
    expect(await until(() => !pids().some(isRunning), 10)).toBeLessThan(await slow);
  });

  test('the group ends when the connection does', async () => {
    const failure = failureIn(sessionWith(connection).in(root).run(family));
    await begun();
    await connection.close();
    expect(await failure).toMatchObject({ name: 'ConnectionLost' });
    await until(() => !pids().some(isRunning), 7);
  });

  test('a program that calls setsid is a daemon and escapes: services start like this', async () => {
    const host = sessionWith(connection).in(root);
    await host.run`setsid sleep 61 >/dev/null 2>&1 </dev/null & echo $! > daemon`;
    await connection.close();
    const daemon = Number(readFileSync(join(root, 'daemon'), 'utf8')); // Here setsid does not fork.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isRunning(daemon)).toBe(true);
    process.kill(daemon);
  });

  test('the group ends when the run’s lock becomes free, and no watcher is left behind', async () => {
    const alive = join(root, 'alive lock');
    const holder = sessionWith(connection).run`exec flock ${alive} sleep 62`;
    await until(() => processesWith('sleep\u000062').length > 1, 5); // flock, and what it runs once it has the lock.
    const host = sessionWith(connection, { tie: { alive } }).in(root);
    expect(await host.read`echo while held`).toBe('while held');
    await until(() => processesWith(alive).length <= 3, 3);
    const failure = failureIn(host.run(family));
    await begun();
    for (const pid of processesWith('sleep\u000062')) process.kill(pid);
    await holder.catch(() => undefined);
    expect(await failure).toMatchObject({ reason: 'command', status: 137 });
    await until(() => !pids().some(isRunning) && processesWith(alive).length === 0, 7);
  });

  test('what was aborted before does not begin', async () => {
    const abort = new AbortController();
    abort.abort();
    const host = sessionWith(connection, { signal: abort.signal }).in(root);
    expect(await failureIn(host.run`: > begun`)).toEqual({ reason: 'cancelled' });
    expect(await failureIn(host.open`: > begun`)).toEqual({ reason: 'cancelled' });
    expect(await failureIn(host.put('x', join(root, 'begun')))).toEqual({ reason: 'cancelled' });
    expect(readdirSync(root)).toEqual([]);
  });

  test('what is aborted while it waits for a channel does not begin', async () => {
    const abort = new AbortController();
    const busy = [1, 2, 3, 4].map(() => sessionWith(connection).run`sleep 0.5`);
    const host = sessionWith(connection, { signal: abort.signal }).in(root);
    const waiting = [failureIn(host.run`: > begun`), failureIn(host.open`: > begun`)];
    abort.abort();
    await Promise.all(busy);
    expect(await Promise.all(waiting)).toEqual([{ reason: 'cancelled' }, { reason: 'cancelled' }]);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('open', () => {
  test('silence: what neither says nor is sent anything is ended, a transfer that trickles is not', async () => {
    const host = sessionWith(connection, { silence: 0.5 });
    expect(await failureIn((await host.open`sleep 30`).done)).toMatchObject({ reason: 'timeout', silent: true });
    const { input, output, done } = await sessionWith(connection, { silence: 2 }).open`wc -c`;
    for (let sent = 0; sent < 12; sent++) {
      input.write('x');
      await pause(200);
    }
    input.end();
    expect([await text(output), await done]).toEqual(['12\n', undefined]);
  });

  test('both streams are ours until the command ends', async () => {
    const { input, output, done } = await sessionWith(connection).in(root).open`read line; echo "got $line"; cat`;
    input.write('one\n');
    input.end('two 🚀\nthree');
    expect(await text(output)).toBe('got one\ntwo 🚀\nthree');
    await done;
  });

  test('a failure comes from `done`, with the last lines of standard error', async () => {
    const { output, done } = await sessionWith(connection).open`echo out; echo why >&2; exit 9`;
    expect(await text(output)).toBe('out\n');
    expect(await failureIn(done)).toEqual(failed('echo out; echo why >&2; exit 9', 9, 'why'));
  });

  test('within: it is ended, on the host too, and says so', async () => {
    const host = sessionWith(connection).in(root).within(1.5);
    const { output, done } = await host.open`echo $$ > pid; exec sleep 60`;
    output.resume();
    expect(await failureIn(done)).toEqual({
      reason: 'timeout',
      command: 'echo $$ > pid; exec sleep 60',
      seconds: 1.5,
      silent: false,
    });
    await until(() => !isRunning(Number(readFileSync(join(root, 'pid'), 'utf8'))), 6);
    const quick = await sessionWith(connection).within(30).open`cat`;
    quick.input.end('in time');
    expect(await text(quick.output)).toBe('in time');
    await quick.done;
  });

  test('aborting closes it', async () => {
    const abort = new AbortController();
    const { output, done } = await sessionWith(connection, { signal: abort.signal }).open`cat`;
    output.resume();
    abort.abort();
    expect(await failureIn(done)).toEqual({ reason: 'cancelled' });
  });
});

describe('put', () => {
  const files = () => readdirSync(root).sort();

  test.each([
    ['text', "it's 🚀 \\n %s\n$(id)"],
    ['nothing', ''],
    ['bytes', Buffer.from(Array.from({ length: 256 }, (_, index) => index))],
    ['no newline at the end', 'a\nb'],
    ['newlines at the end', 'a\n\n\n'],
  ])('%s', async (_, content) => {
    const path = join(root, "a file's $name");
    await sessionWith(connection).put(content, path);
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(files()).toEqual(["a file's $name"]);
  });

  test('replaces whole, with the mode that is asked for', async () => {
    const path = join(root, 'secret');
    writeFileSync(path, 'old, and longer than the new one', { mode: 0o644 });
    await sessionWith(connection).put('new', path, { mode: 0o600 });
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600]);
  });

  test('20 MB from a stream', async () => {
    const path = join(root, 'big');
    const chunk = Buffer.alloc(1 << 20, 'abcdefgh');
    await sessionWith(connection).put(Readable.from(Array.from({ length: 20 }, () => chunk)), path);
    expect(statSync(path).size).toBe(20 << 20);
    expect(readFileSync(path).equals(Buffer.alloc(20 << 20, 'abcdefgh'))).toBe(true);
  });

  test('a target that cannot be written is a failure with its words', async () => {
    const path = join(root, 'no/such/file');
    expect(await failureIn(sessionWith(connection).put('x'.repeat(1 << 20), path))).toMatchObject({
      reason: 'command',
      status: 1,
      output: expect.stringContaining('no/such/'),
    });
    mkdirSync(join(root, 'directory'));
    expect(await failureIn(sessionWith(connection).put('x', join(root, 'directory')))).toMatchObject({ status: 1 });
    expect(files()).toEqual(['directory']);
    expect(readdirSync(join(root, 'directory'))).toEqual([]);
  });

  test('a source that breaks leaves the old file, and says why itself', async () => {
    const path = join(root, 'file');
    writeFileSync(path, 'old');
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half of it');
        await new Promise((resolve) => setTimeout(resolve, 100));
        throw new Error('the disk here is broken');
      })(),
    );
    await expect(sessionWith(connection).put(broken, path)).rejects.toThrow('the disk here is broken');
    await until(() => files().length === 1, 3);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('two who write one file at once do not write into one another’s', async () => {
    const path = join(root, 'file');
    const slow = new PassThrough();
    slow.write('a'.repeat(1000));
    const first = sessionWith(connection).put(slow, path);
    await until(() => files().length === 1, 10);
    await sessionWith(connection).put('b', path);
    expect(readFileSync(path, 'utf8')).toBe('b');
    slow.end('a'.repeat(1000));
    await first;
    expect(readFileSync(path, 'utf8')).toBe('a'.repeat(2000));
    expect(files()).toEqual(['file']);
  });

  test('within: a source that takes longer leaves the old file', async () => {
    const path = join(root, 'file');
    writeFileSync(path, 'old');
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          yield Buffer.from('more');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      })(),
    );
    expect(await failureIn(sessionWith(connection).within(0.4).put(endless, path))).toMatchObject({
      reason: 'timeout',
      seconds: 0.4,
    });
    await until(() => files().length === 1, 3);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test.each(['connection', 'signal'])('a %s that ends half-way leaves the old file', async (what) => {
    const path = join(root, 'file');
    writeFileSync(path, 'old');
    const abort = new AbortController();
    const slow = Readable.from(
      (async function* () {
        yield Buffer.from('half of it');
        await until(() => files().length === 2, 5);
        if (what === 'signal') abort.abort();
        else await connection.close();
        await new Promise((resolve) => setTimeout(resolve, 100));
        yield Buffer.from('the other half');
      })(),
    );
    const failure = await failureIn(sessionWith(connection, { signal: abort.signal }).put(slow, path));
    expect(failure).toMatchObject(what === 'signal' ? { reason: 'cancelled' } : { name: 'ConnectionLost' });
    await until(() => files().length === 1, 3);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});
