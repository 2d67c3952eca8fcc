import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Surroundings } from './command.ts';

/**
 * Runs `~/boot` of a host that starts, if it has one, as cron's `@reboot` or a systemd unit would
 * bring a real machine's services up again.
 */
export const bootHost = ({ home, environment }: Surroundings, log: (event: string) => void): void => {
  const script = join(home, 'boot');
  if (!existsSync(script)) return;
  const child = spawn('/bin/sh', [script], { cwd: home, env: environment, stdio: 'ignore', detached: true });
  child.on('error', (error) => log(`boot failed: ${error.message}`));
  child.on('exit', (status, signal) => log(`boot ended with ${signal ?? status ?? '?'}`));
};
