import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { logFiles } from '../../src/report/index.ts';
import { failingRun, sender } from './fixtures.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fab-logs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const web1 = [
  '14:05:33.200 # release.create was done before',
  '14:05:33.300 # assets.build started',
  '14:05:33.300 $ npm run build',
  '14:05:34.000   10%\r\x1b[32m100%\x1b[0m',
  '14:05:34.000 # The cache is warm.',
  '14:05:35.000 # assets.build done in 1.7 s',
  '',
].join('\n');
const web2 = [
  '14:05:33.300 # assets.build started',
  '14:05:33.300 $ npm run build',
  '14:05:36.000 ! error: no space left',
  '14:05:36.000 # assets.build failed after 2.7 s',
  '✗ assets.build failed on web2',
  '',
  '    npm run build',
  '    exit status 1',
  '    sh: build',
  '    error: no space left',
  '',
].join('\n');

test('one file for each host that had something to say, everything as it came', () => {
  const logs = logFiles({ directory: join(directory, 'deep', 'down') });
  failingRun(logs.observe);
  logs.close();
  const there = join(directory, 'deep', 'down');
  expect(readdirSync(there).sort()).toEqual(['2026-11-20_14.05.33_web1.log', '2026-11-20_14.05.33_web2.log']);
  expect(readFileSync(join(there, '2026-11-20_14.05.33_web1.log'), 'utf8')).toBe(web1);
  expect(readFileSync(join(there, '2026-11-20_14.05.33_web2.log'), 'utf8')).toBe(web2);
  expect(statSync(join(there, '2026-11-20_14.05.33_web1.log')).mode & 0o777).toBe(0o600);
});

test('nothing is made before there is something to write', () => {
  const logs = logFiles({ directory: join(directory, 'logs') });
  sender(logs.observe)(0, { type: 'said', sentence: 'To nobody in particular.' });
  logs.close();
  expect(readdirSync(directory)).toEqual([]);
});

test('the same run again is added, also when it comes after the files were closed', () => {
  const logs = logFiles({ directory });
  failingRun(logs.observe);
  failingRun(logs.observe);
  logs.close();
  expect(readFileSync(join(directory, '2026-11-20_14.05.33_web1.log'), 'utf8')).toBe(web1 + web1);
});

test('a host name cannot lead out of the directory', () => {
  const logs = logFiles({ directory: join(directory, 'logs') });
  sender(logs.observe)(0, { type: 'said', host: '../../x', sentence: 'Hello.' });
  logs.close();
  expect(readdirSync(join(directory, 'logs'))).toEqual(['run_.._.._x.log']);
});

test('a log that cannot be written is told once and ends nothing', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const told: string[] = [];
  const logs = logFiles({ directory: join(file, 'logs'), onProblem: (sentence) => told.push(sentence) });
  failingRun(logs.observe);
  logs.close();
  expect(told).toEqual([
    `The logs in ${join(file, 'logs')} are incomplete from here on: ENOTDIR: not a directory, mkdir '${join(file, 'logs')}'`,
  ]);
});
