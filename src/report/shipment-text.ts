import type { CommitInfo, Shipment } from '../model/shipment.ts';
import { plain } from './plain.ts';
import { pad, textWidth, truncate } from './width.ts';
import { capped, counted, shortCommit } from './words.ts';

const mostCommits = 20;
const mostPaths = 20;
const widestAuthor = 24;
/** The list that we are given ends there, so the number is a lower bound. */
const listEnds = 200;

/** What a deploy would ship: the way from the live commit to the new one, with the commits that it brings or without. */
export const shipmentText = (shipment: Shipment, width: number, { commits = true } = {}): readonly string[] => [
  ...section(headline(shipment), commits ? commitLines(shipment.commits, width) : []),
  ...(shipment.undone.length === 0
    ? []
    : section(`${countedCommits(shipment.undone)} live now would go away`, commitLines(shipment.undone, width))),
  ...(shipment.submodules.length === 0
    ? []
    : section('Changed submodules', capped(shipment.submodules.map(submoduleLine), mostPaths))),
  ...(shipment.migrations.length === 0
    ? []
    : section('New migrations', capped(shipment.migrations.map(plain), mostPaths))),
];

const section = (title: string, lines: readonly string[]): readonly string[] => [
  title,
  ...lines.map((line) => `  ${line}`),
];

const headline = ({ from, to, ref, commits, undone, changedFiles }: Shipment): string => {
  const target = `${shortCommit(to)} (${plain(ref)})`;
  if (from === undefined) return `Would ship ${target}, the first release here`;
  if (from === to) return `Would ship nothing new: ${target} is live already`;
  if (commits.length === 0 && undone.length > 0) return `Would go back: ${shortCommit(from)} → ${target}`;
  return `Would ship ${countedCommits(commits)}, ${counted(changedFiles, 'changed file')}: ${shortCommit(from)} → ${target}`;
};

const countedCommits = (commits: readonly CommitInfo[]): string =>
  `${commits.length >= listEnds ? 'at least ' : ''}${counted(commits.length, 'commit')}`;

const commitLines = (commits: readonly CommitInfo[], width: number): readonly string[] => {
  const shown = commits.slice(0, mostCommits).map(({ hash, author, subject }) => ({
    hash: shortCommit(hash),
    author: truncate(plain(author), widestAuthor),
    subject: plain(subject),
  }));
  const authors = Math.max(0, ...shown.map(({ author }) => textWidth(author)));
  const lines = shown.map(({ hash, author, subject }) =>
    truncate(`${hash}  ${pad(author, authors)}  ${subject}`, Math.max(40, width - 2)),
  );
  return commits.length > mostCommits ? [...lines, `… and ${commits.length - mostCommits} more`] : lines;
};

const submoduleLine = ({ path, from, to }: Shipment['submodules'][number]): string =>
  `${plain(path)}  ${from === undefined ? 'new' : shortCommit(from)} → ${shortCommit(to)}`;
