import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { comparableReading, comparableRecording, corpusNames, recorded, type Recorded } from './corpus.ts';

describe('inventories are read as ansible-inventory reads them', () => {
  test.each(corpusNames)('%s', async (name) => {
    expect(await comparableReading(name)).toEqual(comparableRecording(recorded(name)));
  });
});

test('the recordings are what the ansible-inventory of this machine says', () => {
  if (spawnSync('ansible-inventory', ['--version']).error !== undefined) {
    if (process.env['FAB_TEST_STRICT'] === '1')
      throw new Error('ansible-inventory is not installed (FAB_TEST_STRICT=1)');
    console.log('Left out: ansible-inventory is not installed (Debian: apt-get install ansible-core).');
    return;
  }
  const script = fileURLToPath(new URL('../../scripts/record-inventories.mjs', import.meta.url));
  const said = JSON.parse(execFileSync('node', [script, '--print'], { encoding: 'utf8' })) as Record<string, Recorded>;
  const comparable = (recordings: Readonly<Record<string, Recorded>>) =>
    Object.fromEntries(Object.entries(recordings).map(([name, recording]) => [name, comparableRecording(recording)]));
  expect(comparable(said)).toEqual(comparable(Object.fromEntries(corpusNames.map((name) => [name, recorded(name)]))));
}, 240_000);
