import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { must } from '../fleet/system.ts';
import { openWorld, until, type World } from './world.ts';

const fabfile = fileURLToPath(new URL('../../fabfile.ts', import.meta.url));

/** Asks and answers as a shell does, and says what it has for a terminal. */
const manage = `import os, signal, sys, threading
def size():
    found = os.get_terminal_size() if os.isatty(0) else None
    return (found.columns, found.lines) if found else None
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
def follow():
    while signal.sigwait({signal.SIGWINCH}):
        os.write(1, f'now {size()}\\n'.encode())
threading.Thread(target=follow, daemon=True).start()
print('terminal', size(), os.environ.get('TERM'), flush=True)
print('got', input('>>> '), flush=True)
try:
    input('>>> ')
except KeyboardInterrupt:
    print('interrupted', flush=True)
sys.exit(7)
`;

describeFleet('namespaces', 'manage shell', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: ['web1'] });
    world.environment('prod', { groups: { webworkers: ['web1'] }, settings: { fabfile } });
    const release = 'www/prod/releases/2026-11-20_14.05.33';
    const planted = [
      `mkdir -p ${release}/python_env/bin && ln -s /usr/bin/python3 ${release}/python_env/bin/python`,
      `cat > ${release}/manage.py <<'END'\n${manage}END`,
      'ln -s releases/2026-11-20_14.05.33 www/prod/current',
    ].join('\n');
    const { code, stderr } = await world.host('web1')
      .exec(`cd /home/deploy && chown deploy . && su deploy -s /bin/sh -c "$(cat <<'ALL'
${planted}
ALL
)"`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
  afterAll(() => world.stop());

  test('has the terminal of whoever typed it: its size and what becomes of it, every key, Ctrl-C too, and its exit status', async () => {
    const where = join(world.folder, 'tty');
    const line = `tty >${where}; stty rows 31 cols 97; exec "$0" "$@"`;
    const words = ['--environments', world.environments, 'prod', 'manage', 'shell'];
    const typed = [process.execPath, world.program, ...words].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qfec', `sh -c '${line}' ${typed}`, join(world.folder, 'typescript')], {
      env: { ...process.env, TERM: 'xterm-256color', XDG_STATE_HOME: join(world.folder, 'state') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text));
    await until(() => said.includes('>>> '), 30, 'the prompt');
    const terminal = readFileSync(where, 'utf8').trim();
    for (const [rows, columns] of [
      [24, 80],
      [50, 132],
    ])
      must('stty', ['-F', terminal, 'rows', String(rows), 'cols', String(columns)]);
    await until(() => said.includes('now (132, 50)'), 10, 'the new size');
    child.stdin.write('six times seven\r');
    await until(() => said.includes('got six times seven'), 10, 'the answer');
    await until(() => said.split('>>> ').length > 2, 10, 'the second prompt');
    child.stdin.write('\u0003');
    expect(await ended).toBe(7);
    expect(said).toContain('terminal (97, 31) xterm-256color');
    expect(said).toContain('interrupted');
  });

  test('without one it reads nothing, and --tty says so', async () => {
    const plain = await world.fab(['prod', 'manage', 'shell']);
    expect([plain.status, plain.stdout]).toEqual([1, expect.stringContaining('terminal None')]);
    const asked = await world.fab(['prod', 'manage', 'check', '--tty']);
    expect([asked.status, asked.stdout]).toEqual([125, expect.stringContaining('--tty needs a terminal')]);
  });
});
