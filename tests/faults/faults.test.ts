import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Adapter } from './adapter.ts';
import { lacks, newest, writeVersion } from './application.ts';
import { brokenOn } from './fabwright/disk.ts';
import { faultNames } from './faults.ts';
import type { Verdict } from './inject.ts';
import { inOrder, pointKey, type Point } from './point.ts';
import { choose, spread } from './select.ts';
import { cellTable, repeatLine, totalsOf } from './table.ts';

const hosts = ['web1', 'web2', 'web3', 'web4'];
const at = (step: string, what: string, host: string | undefined, nth = 1): Point => ({ step, what, host, nth });
const points: readonly Point[] = inOrder([
  at('lock', 'event phase', undefined),
  ...hosts.flatMap((host) => [at('lock', 'open', host), at('lock', 'ask lock', host)]),
  ...hosts.map((host) => at('publish', 'ask commit', host)),
]);
const adapter: Adapter = {
  name: 'fabwright',
  tasks: ['deploy'],
  faults: faultNames,
  open: () => Promise.reject(new Error('no lane here')),
  dispose: () => undefined,
  missing: () => undefined,
};
const everyFault = (everyHost: boolean) =>
  faultNames.map((fault) => choose({ adapter, task: 'deploy', fault, points, everyHost }));
const injections = everyFault(false).flatMap((choice) => choice.injections);

describe('points', () => {
  test('stand in the same order whichever host was quicker', () => {
    const web4First = [...points].sort(
      (a, b) => a.step.localeCompare(b.step) || (b.host ?? 'z').localeCompare(a.host ?? 'z'),
    );
    expect(web4First).not.toEqual(points);
    expect(inOrder(web4First)).toEqual(points);
    expect(points.slice(1, 5).map(pointKey)).toEqual([
      'lock / open / web1 / 1',
      'lock / ask lock / web1 / 1',
      'lock / open / web2 / 1',
      'lock / ask lock / web2 / 1',
    ]);
  });

  test('every place is struck by every fault that can be there, on hosts in turn', () => {
    expect(injections.filter(({ fault }) => fault === 'cut').map(({ point }) => pointKey(point))).toEqual([
      'lock / event phase / - / 1',
      'lock / open / web4 / 1',
      'lock / ask lock / web1 / 1',
      'publish / ask commit / web2 / 1',
    ]);
    // A place without a host has no shell.
    expect(injections.filter(({ fault }) => fault === 'shell')).toHaveLength(3);
    expect(injections).toHaveLength(faultNames.length * 4 - 1);
    expect(everyFault(true).flatMap((choice) => choice.injections)).toHaveLength(faultNames.length * 13 - 1);
  });

  test('a sample has something of every cell before it has two of one, and is the same for the same seed', () => {
    const cells = new Set(injections.map(({ fault, point }) => `${fault} ${point.step}`)).size;
    const sample = spread(injections, cells, 7);
    expect(new Set(sample.map(({ fault, point }) => `${fault} ${point.step}`)).size).toBe(cells);
    expect(spread(injections, cells, 7)).toEqual(sample);
    expect(spread(injections, cells, 8)).not.toEqual(sample);
    expect(spread(injections, 1000, 7)).toHaveLength(injections.length);
  });
});

describe('the table', () => {
  const verdict = (change: Partial<Verdict>): Verdict => ({
    injection: injections[0]!,
    missed: undefined,
    status: 0,
    violations: [],
    split: false,
    recovery: [0],
    said: [],
    seconds: 1,
    ...change,
  });
  const report = {
    adapter: 'fabwright',
    verdicts: [
      verdict({}),
      verdict({
        injection: injections.find(({ fault, point }) => fault === 'cut' && point.step === 'publish')!,
        missed: 'this run did not come by here',
      }),
      verdict({
        split: true,
        violations: ['web1', 'web2'].map((sentence) => ({ kind: 'leaked lock', sentence }) as const),
      }),
    ],
    unfit: everyFault(false).flatMap((choice) => choice.unfit),
    possible: injections,
    points: new Map([['deploy', points]] as const),
    seconds: 1,
  };

  test('has a figure or a reason in every cell', () => {
    expect(cellTable(report)).toEqual([
      'task    step     kill-before  kill-after  cut  shell  host-kill  reboot  disk-full  stop',
      'deploy  lock               2           a    a      a          a       a          a     a',
      'deploy  publish            a           a    b      a          a       a          a     a',
      '  a  not drawn for this sample',
      '  b  this run did not come by here',
    ]);
  });

  test('counts injections, not sentences, and says how to repeat one', () => {
    expect(totalsOf(report)).toMatchObject({
      injected: 2,
      notStruck: 1,
      split: 1,
      figures: { 'leaked lock': 1, hung: 0 },
    });
    expect(repeatLine('fabwright', report.verdicts[1]!)).toBe('npm run faults -- --task deploy --fault cut --point 11');
  });
});

describe('the oracle sees', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'fault-oracle-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('what a release lacks', () => {
    expect(lacks(join(folder, 'nowhere'), newest)).toEqual([`${join(folder, 'nowhere')} is not there`]);
    writeVersion(folder, newest);
    expect(lacks(folder, newest)).toEqual([]);
    chmodSync(join(folder, 'bin/serve'), 0o644);
    rmSync(join(folder, 'latest'));
    rmSync(join(folder, 'parts/3.txt'));
    writeFileSync(join(folder, 'version.txt'), 'x');
    expect(lacks(folder, newest)).toEqual([
      'version.txt has other content',
      'parts/3.txt is not there',
      'bin/serve is not executable',
      'latest is not the link it should be',
    ]);
    expect(lacks(folder, newest - 1)).toContain(`only-in-${newest - 1}.txt is not there`);
  });

  test('what no host may look like', () => {
    const name = '2026-11-20_14.05.33';
    mkdirSync(join(folder, 'releases', name, '.fab'), { recursive: true });
    mkdirSync(join(folder, '.fab'));
    symlinkSync(`releases/${name}`, join(folder, 'current'));
    writeFileSync(join(folder, 'RELEASES.txt'), `/home/deploy/www/production/releases/${name}\n`);
    writeFileSync(join(folder, 'releases', name, '.fab/journal.jsonl'), '{"torn":\n{"v":1,');
    expect(brokenOn(folder, true)).toEqual([]);

    writeFileSync(join(folder, 'releases', name, '.fab/journal.jsonl'), '{"a":1,"sum":"0"}\nxyz\n');
    writeFileSync(join(folder, 'releases', name, '.fab/release.json'), '{"state":');
    writeFileSync(join(folder, 'RELEASES.txt'), 'releases/somewhere\n');
    writeFileSync(join(folder, '.fab/txn'), '');
    symlinkSync('releases/other', join(folder, '.fab/next'));
    expect(brokenOn(folder, true)).toEqual([
      'RELEASES.txt has a line «releases/somewhere»',
      `release.json of ${name} is not whole`,
      `the journal of ${name} has more than one torn line: xyz`,
      '.fab/txn is not whole',
      '.fab/next was left',
      `RELEASES.txt does not end with ${name}`,
    ]);
    rmSync(join(folder, 'current'));
    symlinkSync(join(folder, 'releases', name), join(folder, 'current'));
    expect(brokenOn(folder, false)[0]).toBe('current is no relative link');
  });
});
