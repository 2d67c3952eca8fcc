import type { Ask } from './ask.ts';
import { staleOf } from './edit.ts';
import { mutants, type Mutant } from './mutants.ts';
import { Workshop, type Answer } from './workshop.ts';

export interface Desk {
  readonly root: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const usage = `npm run mutants                 plants each bug in a copy of the project and runs what must catch it
npm run mutants -- --list       what there is, and nothing else
npm run mutants -- WORD …       only those with one of these words in their names
`;

/** Seconds for one run of jest: a mutant that makes it hang has not been caught by anybody. */
const limit = 180;

/** `npm run mutants -- …`: returns the exit status. */
export const mutantsCommand = async (argv: readonly string[], desk: Desk): Promise<number> => {
  const { root, out, err } = desk;
  if (argv.includes('--help')) {
    out(usage);
    return 0;
  }
  const words = argv.filter((word) => word !== '--list');
  const asked = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (asked.length === 0) {
    err(`No mutant has ${words.join(' or ')} in its name.\n${usage}`);
    return 2;
  }
  if (argv.includes('--list')) {
    for (const mutant of asked) out(`${mutant.name}  (${placeOf(mutant)}; ${mutant.caughtBy.name})\n`);
    return 0;
  }
  const stale = staleOf(asked, root);
  for (const sentence of stale) err(`stale: ${sentence}\n`);
  if (stale.length > 0) return 1;
  const workshop = new Workshop(root);
  // Also when it is ended half-way.
  process.once('exit', () => workshop.dispose());
  return (await withoutMutant(workshop, asked, desk)) ? survivorsOf(workshop, asked, desk) : 1;
};

/** Tests that fail by themselves would catch anything. */
const withoutMutant = async (workshop: Workshop, asked: readonly Mutant[], { err }: Desk): Promise<boolean> => {
  const asks = new Map<string, Ask>(asked.map(({ caughtBy }) => [caughtBy.name, caughtBy]));
  let isSound = true;
  for (const ask of asks.values()) {
    const answer = await workshop.ask(ask, limit);
    err(`without a mutant, ${ask.name}: ${answer.kind}, ${answer.seconds.toFixed(1)} s\n`);
    if (answer.kind === 'passed') continue;
    isSound = false;
    err(`${answer.words.join('\n')}\n`);
  }
  return isSound;
};

const survivorsOf = async (workshop: Workshop, asked: readonly Mutant[], { out, err }: Desk): Promise<number> => {
  const rows: Row[] = [];
  for (const mutant of asked) {
    const answer = await workshop.askAbout(mutant, limit);
    rows.push({ mutant, answer });
    err(`${verdictOf(answer)}: ${mutant.name}, ${answer.seconds.toFixed(1)} s\n`);
    if (answer.kind !== 'passed') err(`${answer.words.join('\n')}\n`);
  }
  const caught = rows.filter(({ answer }) => answer.kind === 'failed').length;
  out(`${tableOf(rows)}\n${caught} caught, ${rows.length - caught} survived\n`);
  return caught === rows.length ? 0 : 1;
};

interface Row {
  readonly mutant: Mutant;
  readonly answer: Answer;
}

const verdictOf = ({ kind }: Answer): string => {
  switch (kind) {
    case 'failed':
      return 'caught';
    case 'passed':
      return 'SURVIVED';
    default:
      return `SURVIVED (${kind})`;
  }
};

const placeOf = ({ edits }: Mutant): string =>
  [...new Set(edits.map(({ file }) => file))]
    .filter((file) => file.startsWith('src/'))
    .map((file) => file.replace('src/', ''))
    .join(', ');

const tableOf = (rows: readonly Row[]): string => {
  const cells = [
    ['mutant', 'where', 'caught by', 'seconds', 'verdict'],
    ...rows.map(({ mutant, answer }) => [
      mutant.name,
      placeOf(mutant),
      mutant.caughtBy.name,
      answer.seconds.toFixed(1),
      verdictOf(answer),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  return cells.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).join('\n');
};
