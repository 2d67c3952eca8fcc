import type { Bench, Say } from '../measure/bench.ts';
import { machineLine, versionOf } from '../measure/machine.ts';
import { median, spreadOf } from '../measure/statistics.ts';
import { inMemory } from '../scale/in-memory.ts';
import { figure, spread, table } from '../table.ts';
import { compareWays, fastest, type Comparison, type Taken } from './compare-ways.ts';
import { ext4, newDisk, xfs, type DiskKind } from './disk.ts';
import { filesPerChange, type Shape } from './generate.ts';
import { measureSize, nameOf, type Cost, type Row } from './sizes.ts';

const sizes: readonly Shape[] = [
  { files: 200, commits: 100 },
  { files: 1500, commits: 100 },
  { files: 20_000, commits: 100 },
  { files: 1500, commits: 24_000 },
];

const usualRounds = 5;

/** Slower than the fastest by more than this is no noise. */
const noise = 1.5;

/** What a deploy costs by the size of the repository, and which way to write a release out is the fastest. */
export const bench: Bench = async ({ rounds = usualRounds }, say) => {
  const [where, rows] = await inMemory(async (place) => {
    const measured: Row[] = [];
    for (const shape of sizes) measured.push(await measureSize(shape, rounds, say));
    return [place, measured] as const;
  });
  const shapes = sizes.filter(({ commits }) => commits === 100);
  const comparisons = [
    ...(await compareOn(ext4, shapes, rounds, say)),
    ...(await compareOn(xfs, shapes.slice(1, 2), rounds, say)),
  ];
  return {
    markdown: markdownOf(where, rows, comparisons),
    figures: { rows: rows.map(plain), ways: comparisons.map(flat) },
  };
};

/** Nothing where such a file system cannot be made here. */
const compareOn = async (
  kind: DiskKind,
  shapes: readonly Shape[],
  rounds: number,
  say: Say,
): Promise<readonly Comparison[]> => {
  const disk = newDisk(kind);
  if (disk === undefined) {
    say(`no ${kind.name} here: it needs ${kind.make[0] ?? ''} and the right to mount`);
    return [];
  }
  try {
    const compared: Comparison[] = [];
    for (const shape of shapes) compared.push(await compareWays(shape, disk, rounds, say));
    return compared;
  } finally {
    disk.remove();
  }
};

const plain = ({ shape, cold, warm }: Row) => ({
  ...shape,
  cold: { ...cold },
  warm: warm.map((cost) => ({ ...cost })),
});

const flat = ({ shape, on, taken, impossible, check }: Comparison) => ({
  ...shape,
  on,
  ways: taken.map(({ against, added, ...each }) => ({ ...each, against: against ?? null, added: { ...added } })),
  impossible: impossible.map((each) => ({ ...each })),
  check: check?.median ?? null,
});

const markdownOf = (where: string, rows: readonly Row[], comparisons: readonly Comparison[]): string =>
  [
    '### Cost over the repository',
    `Three hosts, each a network namespace of its own; ${filesPerChange} files change from deploy to deploy, two releases are kept, so every
warm deploy deletes one; their disks are in ${where}. ${machineLine()}, git ${versionOf('git', ['--version']) ?? '?'}.`,
    table([sizeHead, ...rows.map(sizeLine)]),
    '#### Ways to write a release out',
    `One host, a file system of its own, files in the page cache, nothing synced; every result was checked against the commit. Median and range of the
wall seconds, in turns. "Shared" are files that the new release and the one before have as one inode.`,
    ...comparisons.map(comparisonText),
  ].join('\n\n');

const sizeHead = [
  'files',
  'commits',
  'cold wall s',
  'warm wall s',
  'of that `code.update` s',
  '`release.publish` s',
  '`release.clean` s',
  'controller CPU s',
  'CPU s per host',
  'sent to a host, cold kB',
  'warm kB',
];

const sizeLine = ({ shape, cold, warm }: Row): readonly string[] => {
  const of = (value: (cost: Cost) => number): string => spread(spreadOf(warm.map(value)));
  const step = (name: string): string => {
    const values = warm.flatMap(({ steps }) => steps[name] ?? []);
    return values.length === 0 ? '–' : figure(median(values));
  };
  return [
    shape.files.toLocaleString('en'),
    shape.commits.toLocaleString('en'),
    figure(cold.wall),
    of(({ wall }) => wall),
    ...['code.update', 'release.publish', 'release.clean'].map(step),
    of(({ cpu }) => cpu),
    of(({ hostsCpu }) => hostsCpu),
    figure(cold.sent / 1000),
    of(({ sent }) => sent / 1000),
  ];
};

const comparisonText = (comparison: Comparison): string => {
  const { shape, on, taken, impossible, check } = comparison;
  const [ours] = taken;
  return [
    `${nameOf(shape)}, ${on}; checking what was written takes ${spread(check)} s besides, whatever the way:`,
    table([
      ['way', 'wall s', 'CPU s', 'MB added', 'inodes added', 'shared', 'to fabwright', 'against it'],
      ...taken.map((each) => wayLine(each, ours)),
    ]),
    ...impossible.map(({ way, because }) => `*${way}*: not on this file system (${because.replace(/^.*: /, '')}).`),
    verdict(comparison),
  ].join('\n\n');
};

const wayLine = ({ way, against = '', walls, cpus, added }: Taken, ours: Taken | undefined): readonly string[] => [
  way.replaceAll('|', '\\|'),
  spread(spreadOf(walls)),
  figure(median(cpus)),
  figure(added.bytes / 1e6),
  String(added.inodes),
  String(added.shared),
  ours === undefined ? '–' : `${(median(walls) / median(ours.walls)).toFixed(2)} ×`,
  against,
];

/** Whether a way that could be taken is faster beyond what is measured twice the same. */
const verdict = (comparison: Comparison): string => {
  const [ours] = comparison.taken;
  const best = fastest(comparison);
  if (ours === undefined || best === undefined) return '';
  const [behind, dearer] = [median(ours.walls) / median(best.walls), median(ours.cpus) / median(best.cpus)];
  const apart = Math.max(...best.walls) < Math.min(...ours.walls);
  return best.way === ours.way || behind <= noise || !apart
    ? `Nothing that could be used is ${noise} × as fast as what fabwright does, or more (next: ${best.way}, ${behind.toFixed(2)} × as fast).`
    : `**${best.way} is ${behind.toFixed(2)} × as fast as what fabwright does, for ${(1 / dearer).toFixed(2)} × its CPU.**`;
};
