// The application: says which release it is. Start it as `PORT=8000 node server.mjs` in a release.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

// The working directory is the release itself, even when it was entered through `current`.
const release = basename(process.cwd());
const version = readFileSync('version.txt', 'utf8').trim();
const page = readFileSync('public/index.html', 'utf8').replaceAll('{{release}}', release);

const answers = {
  '/': () => ({ type: 'text/html; charset=utf-8', body: page }),
  '/release': () => ({ type: 'application/json', body: `${JSON.stringify({ release, version, pid: process.pid })}\n` }),
  // Asked by the deploy after each restart: the old server must not answer for the new one.
  '/health': ({ searchParams }) => {
    const well = [null, release].includes(searchParams.get('release'));
    return { status: well ? 200 : 503, type: 'text/plain', body: `${release}\n` };
  },
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const answer = answers[url.pathname] ?? (() => ({ status: 404, type: 'text/plain', body: 'not here\n' }));
  const { status = 200, type, body } = answer(url);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
});

server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1');

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 2000).unref();
});
