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
  /** Deploys of each tool that are measured: so many to hosts emptied before each, then so many warm ones. */
  readonly rounds: number;
  /** Deploys between the last cold and the first warm one, so that cleaning has something to do from then on. */
  readonly unmeasured: number;
  readonly tools: readonly Tool[];
}

/** What one tool did in one cell. */
export interface Row {
  readonly tool: Tool;
  readonly cold: readonly Measured[];
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

/** At an empty place, on the hosts and here. */
export const enter = async (lab: Lab, tool: Tool): Promise<Contestant> => {
  const place = await lab.place(tool);
  return { tool, place, deploy: tool.prepare(place) };
};

const roundsIn = async (lab: Lab, cell: Cell, repository: Repository, say: Say): Promise<readonly Row[]> => {
  const { tools, rounds, unmeasured } = cell;
  const [first = '', ...later] = repository.commits;
  const contestants = new Map<Tool, Contestant>();
  const deploy = async (tool: Tool, commit: string, round: string): Promise<Measured> => {
    const contestant = contestants.get(tool) ?? (await enter(lab, tool));
    contestants.set(tool, contestant);
    // Releases are named to the second, and one tool may be alone.
    await pause(tools.length < 3 ? 1000 : 100);
    const result = await measureDeploy(lab, contestant, { commit, files: repository.files(commit) });
    say(`${cell.hosts} hosts, ${round}: ${tool.name} ${sentence(result)}`);
    return result;
  };
  const inTurns = async (
    count: number,
    act: (tool: Tool, round: number) => Promise<Measured>,
  ): Promise<ReadonlyMap<Tool, readonly Measured[]>> => {
    const measured = new Map(tools.map((tool) => [tool, [] as Measured[]]));
    for (let round = 0; round < count; round += 1)
      for (const tool of rotated(tools, round)) measured.get(tool)?.push(await act(tool, round));
    return measured;
  };
  repository.show(first);
  const cold = await inTurns(rounds, (tool, round) => {
    contestants.delete(tool);
    return deploy(tool, first, `cold ${round + 1} of ${rounds}`);
  });
  const warm = await inTurns(later.length, (tool, round) => {
    const commit = later[round] ?? '';
    repository.show(commit);
    return deploy(tool, commit, round < unmeasured ? 'filling' : `round ${round - unmeasured + 1} of ${rounds}`);
  });
  return tools.map((tool) => ({
    tool,
    cold: cold.get(tool) ?? [],
    warm: (warm.get(tool) ?? []).slice(unmeasured),
  }));
};

const sentence = ({ wall, objections }: Measured): string =>
  objections.length === 0 ? `${wall.toFixed(1)} s` : `void: ${objections.join('; ').slice(0, 2000)}`;
