import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const roundTrip = 60;
const relay = fileURLToPath(new URL('../../bench/peers/relay.mjs', import.meta.url));

let echo: Server;
let process_: ChildProcess;
let port: number;

beforeEach(async () => {
  echo = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const target = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
  process_ = spawn(process.execPath, [relay, String(roundTrip), target], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(process_.stdout!, 'data')) as [Buffer];
  [port = 0] = JSON.parse(line.toString()) as readonly number[];
});
afterEach(async () => {
  process_.stdin?.end();
  await once(process_, 'exit');
  echo.close();
});

test('a relay makes the way longer, and loses and reorders nothing', async () => {
  const socket = connect(port, '127.0.0.1');
  const ask = async (text: string): Promise<number> => {
    const began = performance.now();
    socket.write(text);
    await once(socket, 'data');
    return performance.now() - began;
  };
  expect(await ask('hello')).toBeGreaterThanOrEqual(2 * roundTrip - 5); // connecting is a round trip, too
  const second = await ask('again');
  expect(second).toBeGreaterThanOrEqual(roundTrip - 5);

  const sent = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join('');
  let back = '';
  socket.setEncoding('utf8').on('data', (text: string) => (back += text));
  socket.end(sent);
  await once(socket, 'close');
  expect(back).toBe(sent);
});
