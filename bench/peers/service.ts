import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cgroup } from '../measure/cgroup.ts';

/**
 * A program besides the ones that are measured (`<name>.mjs` next to this file): its CPU counts for `group`. It
 * says one line of JSON when it is ready, which is returned, and ends with this process or with `group`.
 */
export const startService = (group: Cgroup, name: string, words: readonly string[]): Promise<unknown> => {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const [program, all] = group.around(process.execPath, [file, ...words]);
  const child = spawn(program, all, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    let said = '';
    child.on('error', reject);
    child.on('exit', (status) => reject(new Error(`${name} ended with ${String(status)}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.endsWith('\n')) resolve(JSON.parse(said));
    });
  });
};
