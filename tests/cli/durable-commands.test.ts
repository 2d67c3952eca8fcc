import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { jsonLines, openDesk, until, type Desk, type Ran } from '../end-to-end/world.ts';
import { isRunning } from '../session/local-host.ts';

/** `app.index` writes who it is and waits for a file; it may leave something behind. `--ends` says how it ends. */
const fabfile = (folder: string): string => `
import { createStep, durable, newRelease, publishStep, role, shell, task, text } from 'fabwright';
const app = role('app');
const params = { ends: text({ description: 'how' }) };
const index = durable({ name: 'app.index', roles: [app], params, command: ({ params }) =>
  shell(\`echo $$ > ${folder}/pid; echo first; while [ ! -e ${folder}/go ]; do sleep 0.05; done; \${params.ends}\`) });
const deploy = task({ name: 'deploy', description: 'Deploy.', release: newRelease, steps: [createStep([app]), index, publishStep([app])] });
export default [deploy];
`;

describe('fab attach, fab cancel', () => {
  let desk: Desk;
  let file: string;
  beforeAll(() => {
    desk = openDesk();
    file = desk.write({ 'fabfile.ts': fabfile(desk.folder) });
    const folder = join(desk.environments, 'here');
    mkdirSync(folder);
    writeFileSync(join(folder, 'inventory.ini'), '[app]\nlocalhost ansible_connection=local\n');
    const settings = { root: join(desk.folder, 'srv'), code_repo: desk.repository('app').path };
    writeFileSync(join(folder, 'fab-settings.yml'), stringify(settings));
  });
  afterAll(() => desk.dispose());

  const at = (name: string): string => join(desk.folder, name);
  const letGo = (): void => writeFileSync(at('go'), '');
  const pid = (): number => (existsSync(at('pid')) ? Number(readFileSync(at('pid'), 'utf8')) : 0);
  const fab = (...words: readonly string[]) => desk.start(['here', ...words, '--fabfile', file]);
  /** A deploy that has begun its step and was killed. */
  const begun = async (ends: string): Promise<void> => {
    const running = fab('deploy', '--ends', ends, '--yes');
    await until(() => pid() > 0, 20, 'the step').catch(() => {
      throw new Error(running.said());
    });
    running.child.kill('SIGKILL');
    await running.ended;
  };
  const answer = async (running: Promise<Ran>) => {
    const { status, stdout, stderr } = await running;
    return { status, stdout, stderr };
  };
  beforeEach(() => {
    for (const name of ['go', 'pid']) rmSync(at(name), { force: true });
  });
  afterEach(letGo);

  test('nothing runs', async () => {
    expect(await answer(fab('attach').ended)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('No durable'),
    });
    expect(await answer(fab('cancel', '--yes').ended)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Nothing'),
    });
  });

  test('attach as JSON: a line of it, then how it failed, and 1', async () => {
    await begun('echo last; exit 3');
    const attached = fab('attach', 'app.index', '--json');
    await until(() => attached.said().includes('"first"'), 20, 'attached');
    letGo();
    const { status, stdout, stderr } = await attached.ended;
    expect(jsonLines(stdout)).toMatchObject(
      ['first', 'last'].map((line) => ({ type: 'output', step: 'app.index', host: 'localhost', line })),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('app.index on localhost failed: exit status 3')]);
  });

  test('Ctrl-C leaves it running', async () => {
    await begun('echo last');
    const attached = fab('attach');
    await until(() => attached.said().includes('first'), 20, 'attached');
    attached.child.kill('SIGINT');
    const { status, stderr } = await attached.ended;
    expect([status, stderr]).toEqual([130, expect.stringContaining('fab here attach app.index')]);
    expect(isRunning(pid())).toBe(true);
    const unknown = await answer(fab('cancel', 'app.indx', '--yes').ended);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('there is app.index') });
    const unasked = await answer(fab('cancel').ended);
    expect(unasked).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
    expect(isRunning(pid())).toBe(true);
    const cancelled = await answer(fab('cancel', '--yes').ended);
    expect(cancelled).toMatchObject({ status: 0, stdout: expect.stringContaining('was cancelled by') });
    expect(isRunning(pid())).toBe(false);
  });

  test('what an ended step has left behind can be ended, too', async () => {
    await begun(`sleep 300 & echo $! > ${desk.folder}/left`);
    letGo();
    await until(() => !isRunning(pid()), 20, 'ended');
    const left = Number(readFileSync(at('left'), 'utf8'));
    expect(isRunning(left)).toBe(true);
    const cancelled = await answer(fab('cancel', 'app.index', '--yes').ended);
    expect(cancelled).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('what app.index has left on localhost is ended'),
    });
    expect(isRunning(left)).toBe(false);
  });
});
