/**
 * Serves git repositories as systemd or inetd would, one `git daemon --inetd` for each who connects: a plain `git
 * daemon` keeps five waiting and turns the rest away, which thirty hosts that fetch at once run into.
 *   node git-server.mjs ADDRESS FOLDER     says its port; ends when its standard input does
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const [address, folder] = process.argv.slice(2);
const words = ['daemon', '--inetd', '--export-all', `--base-path=${folder}`, folder];

const server = createServer({ pauseOnConnect: true }, (socket) => {
  const child = spawn('git', words, { stdio: [socket, socket, 'ignore'] });
  socket.on('error', () => undefined);
  child.on('error', () => undefined).on('exit', () => socket.destroy());
});
server.listen(0, address, 4096, () => process.stdout.write(`${JSON.stringify(server.address().port)}\n`));
process.stdin.resume().on('end', () => process.exit(0));
