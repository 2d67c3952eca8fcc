import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { http, probe, watch } from '../../src/model/health.ts';
import type { Session } from '../../src/model/session.ts';
import type { Connection } from '../../src/transport/transport.ts';
import { connected, failureIn, sessionWith } from '../session/local-host.ts';

const needed = ['sh', 'sleep', 'date', 'sed', 'head', 'env', 'setsid', 'cat', 'flock'];
const find = (tool: string): string =>
  realpathSync(
    tool === 'python3'
      ? execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
      : execFileSync('sh', ['-c', 'command -v "$1"', 'sh', tool], { encoding: 'utf8' }).trim(),
  );

describe.each(['curl', 'python3', 'perl', 'wget'])('a health page, asked with %s', (tool) => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-health-'));
  let connection: Connection;
  let server: Server;
  let host: Session;
  let base = '';
  let asked = 0;
  let page = (): number => 200;

  beforeAll(async () => {
    for (const name of [...needed, tool]) symlinkSync(find(name), join(folder, name));
    connection = await connected();
    host = sessionWith(connection).env({ PATH: folder });
    server = createServer((request, answer) => {
      asked += 1;
      if (request.url === '/hang') return;
      if (request.url === '/redirect') return void answer.writeHead(302, { Location: '/good' }).end();
      answer.writeHead(request.url === '/broken' ? 500 : request.url === '/page' ? page() : 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await connection.close();
    rmSync(folder, { recursive: true });
  });

  test('one answer each, and no redirect is followed', async () => {
    const pages = ['/good', '/broken', '/redirect'].map((path) => `${base}${path}`);
    const found = await probe(host, [...pages, 'http://127.0.0.1:1/'], { within: 2 });
    expect(found.map(({ status }) => status)).toEqual([200, 500, 302, 0]);
    expect(found[1]?.words).toBe('answered 500');
    // wget says nothing about where it would have gone, nor why there was no answer.
    if (tool === 'wget') return;
    expect(found[2]?.words).toMatch(/^redirected to \S*\/good \(302\)$/);
    expect(found[3]).toEqual({ status: 0, words: 'refused the connection', refused: true });
  });

  test('one that hangs is given up in time', async () => {
    const began = Date.now();
    const [found] = await probe(host, [`${base}/hang`], { within: 1 });
    expect(found?.status).toBe(0);
    if (tool !== 'wget') expect(found?.words).toBe('did not answer within 1 s');
    expect(Date.now() - began).toBeLessThan(tool === 'wget' ? 60_000 : 6000);
  });

  test('is asked until it is right, or until its time is over', async () => {
    const from = asked;
    page = () => (asked - from < 3 ? 503 : 200);
    await http(`${base}/page`, { within: 20 }).check(host);
    expect(asked - from).toBe(3);
    expect(await failureIn(http(`${base}/redirect`, { within: 1 }).check(host))).toMatchObject({
      reason: 'command',
      command: `ask ${base}/redirect`,
      output: expect.stringMatching(/redirected.*\(302\), not 200, for 1 s$/) as unknown,
    });
  });

  test('being watched, one wrong answer is none, three in a row are too many', async () => {
    const from = asked;
    page = () => ((asked - from) % 2 === 1 ? 500 : 200);
    await watch(host, `${base}/page`, { seconds: 8 });
    expect(asked - from).toBeGreaterThan(2);
    page = () => 500;
    expect(await failureIn(watch(host, `${base}/page`, { seconds: 30 }))).toMatchObject({
      output: expect.stringContaining('answered 500, not 200, three times in a row') as unknown,
    });
  });
});
