// The application: says which release it is. It reads its port from .env, which is on the hosts only.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

// The working directory is the release itself, even when it was entered through `current`.
const release = basename(process.cwd());
const page = readFileSync('public/index.html', 'utf8');
// A release can be ill on purpose, to try what a deploy does then.
const isWell = !existsSync('ill');

const server = createServer(({ url }, response) => {
  const answers = { '/': [200, page], '/health': [isWell ? 200 : 503, `${release} ${process.pid}\n`] };
  const [status, body] = answers[url] ?? [404, 'not here\n'];
  response.writeHead(status, { 'content-type': url === '/' ? 'text/html' : 'text/plain' }).end(body);
});

server.listen(Number(process.env.PORT), '127.0.0.1');

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
