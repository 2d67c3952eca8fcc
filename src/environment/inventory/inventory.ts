import { join } from 'node:path';
import { problem } from '../../model/problem.ts';
import { readIniInventory } from './ini-inventory.ts';
import type { InventoryReading, LoginDefaults } from './readings.ts';
import { sameMachine } from './same-machine.ts';
import { kindOf, sourcesIn, type SourceName } from './sources.ts';

/** Reads the one inventory in `folder`, with every problem in it. */
export const readInventory = async (folder: string, defaults: LoginDefaults): Promise<InventoryReading> => {
  const [source, ...others] = await sourcesIn(folder);
  if (source === undefined) return refused(folder, 'There is no inventory.', 'Write inventory.ini or inventory.ts.');
  if (others.length > 0) {
    return refused(folder, `There is more than one inventory: ${[source, ...others].join(', ')}.`, 'Keep one of them.');
  }
  const file = join(folder, source);
  if (source === 'inventory.csv') {
    return refused(file, 'inventory.csv is not read.', 'Write its hosts into inventory.ini.');
  }
  const reading = await readSource(file, source, defaults);
  const empty = reading.problems.length === 0 && reading.value.hosts.length === 0;
  return {
    value: reading.value,
    problems: [
      ...reading.problems,
      ...sameMachine(reading.value.hosts, file),
      ...(empty ? [problem('The inventory has no hosts.', { at: { file } })] : []),
    ],
    notices: [...reading.notices, ...(await unreadFolders(folder))],
  };
};

const readSource = async (file: string, source: SourceName, defaults: LoginDefaults): Promise<InventoryReading> => {
  if (source === 'inventory.ts') {
    const { readTypescriptInventory } = await import('./typescript-inventory.ts');
    return readTypescriptInventory(file, defaults);
  }
  return readIniInventory(file, source === 'inventory' ? 'directory' : 'file', defaults);
};

const unreadFolders = async (folder: string): Promise<readonly string[]> => {
  const paths = [folder, join(folder, 'inventory')].flatMap((base) =>
    ['host_vars', 'group_vars'].map((name) => join(base, name)),
  );
  const kinds = await Promise.all(paths.map(kindOf));
  return paths
    .filter((_, index) => kinds[index] === 'directory')
    .map((path) => `${path} is not read: write variables into the inventory itself.`);
};

const refused = (file: string, sentence: string, hint: string): InventoryReading => ({
  value: { hosts: [], groups: {} },
  problems: [problem(sentence, { at: { file }, hint })],
  notices: [],
});
