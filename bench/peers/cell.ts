import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Say } from '../measure/bench.ts';
import { temporaryFolder } from '../measure/temporary-folder.ts';
import { measureDeploy, type Contestant, type Measured } from './deploy.ts';
import { openLab, type Lab } from './lab.ts';
import { makeRepository, type Repository } from './repository.ts';
import type { Tool } from './tools/tool.ts';

/** One fleet that some tools deploy to. */
export interface Cell {
  readonly hosts: number;
  /** Milliseconds that a relay adds; 0: there is none. */
  readonly roundTrip: number;
  /** Warm deploys of each tool that are measured. */
  readonly rounds: number;
  /** Deploys between the cold and the first warm one, so that cleaning has something to do from then on. */
  readonly unmeasured: number;
  readonly tools: readonly Tool[];
}

/** What one tool did in one cell. */
export interface Row {
  readonly tool: Tool;
  readonly cold: Measured;
  readonly warm: readonly Measured[];
}

export interface CellResult {
  readonly cell: Cell;
  readonly rows: readonly Row[];
}

/** The list, begun `by` places later. */
const rotated = <Item>(items: readonly Item[], by: number): readonly Item[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
];

/** Each tool once in every round, each round beginning with another one. */
export const runCell = async (cell: Cell, say: Say): Promise<CellResult> => {
  const { path: folder, remove } = temporaryFolder('peers');
  try {
    const repository = makeRepository(join(folder, 'app.git'), 1 + cell.unmeasured + cell.rounds);
    const lab = await openLab(join(folder, 'desk'), cell, repository);
    try {
      return { cell, rows: await roundsIn(lab, cell, repository, say) };
    } finally {
      await lab.stop();
    }
  } finally {
    remove();
  }
};

const contestants = (lab: Lab, tools: readonly Tool[]): Promise<readonly Contestant[]> =>
  Promise.all(
    tools.map(async (tool) => {
      const place = await lab.place(tool);
      return { tool, place, deploy: tool.prepare(place) };
    }),
  );

const roundsIn = async (lab: Lab, cell: Cell, repository: Repository, say: Say): Promise<readonly Row[]> => {
  const all = await contestants(lab, cell.tools);
  const measured = new Map(all.map(({ tool }) => [tool, [] as Measured[]]));
  for (const [round, commit] of repository.commits.entries()) {
    repository.show(commit);
    const expected = { commit, files: repository.files(commit) };
    for (const contestant of rotated(all, round)) {
      // Releases are named to the second, and one tool may be alone.
      await pause(all.length < 3 ? 1000 : 100);
      const result = await measureDeploy(lab, contestant, expected);
      measured.get(contestant.tool)?.push(result);
      say(`${cell.hosts} hosts, ${nameOfRound(round, cell)}: ${contestant.tool.name} ${sentence(result)}`);
    }
  }
  return all.flatMap(({ tool }) => {
    const [cold, ...later] = measured.get(tool) ?? [];
    return cold === undefined ? [] : [{ tool, cold, warm: later.slice(cell.unmeasured) }];
  });
};

const nameOfRound = (round: number, { unmeasured, rounds }: Cell): string =>
  round === 0 ? 'cold' : round <= unmeasured ? 'filling' : `round ${round - unmeasured} of ${rounds}`;

const sentence = ({ wall, objections }: Measured): string =>
  objections.length === 0 ? `${wall.toFixed(1)} s` : `void: ${objections.join('; ').slice(0, 2000)}`;
