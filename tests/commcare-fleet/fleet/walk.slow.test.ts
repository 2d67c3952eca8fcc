import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { words } from '../../../src/index.ts';
import { consoleBlocks, masked } from '../../docs/console.ts';
import { openDesk, type Desk } from '../../end-to-end/world.ts';
import { fleetCommand } from '../../fleet/command.ts';
import { describeFleet } from '../../fleet/describe.ts';

const document = resolve('docs/commcare.md');

/** What differs from run to run beside what every document's blocks have. */
const hidden = (text: string): string =>
  masked(
    text
      .replace(/198\.18\.\d+\.\d+/g, 'ADDRESS')
      .replace(/\b\d+ min \d+ s|(?<![.\d])\d+ s\b/g, 'T s')
      .replace(/pid \d+, uptime \S+/g, 'pid N')
      .replace(/\.[0-9a-f]{12}\./g, '.HASH.')
      // Whoever is the slowest of all hosts.
      .replace(/^( {2}\S+ +)\w+( +\d+\.\d s)$/gm, '$1HOST$2')
      .replace(/^ {2}Longest at work was .*$/gm, '  Longest at work was HOST.')
      .replace(/· (web\d)</g, '· WEB<'),
  );

describeFleet('namespaces', 'a walk through a deploy', () => {
  let desk: Desk;
  let folder: string;
  const fleet = async (line: readonly string[]): Promise<string> => {
    const said: string[] = [];
    const take = (text: string) => void said.push(text);
    await fleetCommand(line, { folder, out: take, err: take });
    return said.join('');
  };
  const fab = async (line: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await desk.fab(line, { env: { FAB_ENVIRONMENTS: join(folder, 'environments') } });
    return `${stderr}${stdout}`;
  };
  /** What a person sees at a terminal who does this in the project's folder. */
  const run = async (command: string): Promise<string> => {
    const [program, ...line] = words(command);
    const said = program === 'npx' ? await fab(line.slice(1)) : await fleet(line.slice(4));
    return said
      .replaceAll(relative(process.cwd(), folder), '.cache/fleet')
      .replaceAll(folder, '.cache/fleet')
      .replaceAll(join(desk.folder, 'state'), '~/.local/state')
      .replaceAll(homedir(), '~')
      .replace(/^looking at .*\n/gm, '')
      .replace(/^\n+/, '')
      .trimEnd();
  };

  beforeAll(() => {
    desk = openDesk();
    folder = join(desk.folder, 'fleet');
  });
  afterAll(async () => {
    await fleet(['down']);
    desk.dispose();
  });

  test('docs/commcare.md shows what the commands print', async () => {
    const text = readFileSync(document, 'utf8');
    let updated = text;
    for (const block of consoleBlocks(text)) {
      let printed = '';
      for (const command of block.commands) printed += `$ ${command}\n${await run(command)}\n`;
      updated = updated.replace(block.text, () => printed);
      if (process.env['UPDATE_DOCS'] !== '1') expect(hidden(block.text)).toBe(hidden(printed));
    }
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, updated);
  }, 600_000);
});
