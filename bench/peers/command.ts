import { openDesk } from '../../tests/end-to-end/world.ts';
import type { Bench } from '../measure/bench.ts';
import { runCell, type CellResult } from './cell.ts';
import { cellFigures } from './figures.ts';
import { goalsOf, goalsTable } from './goals.ts';
import { cellsOf } from './plan.ts';
import { measureStartUp, startUpFigures } from './start-up.ts';
import { cellTables, versionsLine } from './tables.ts';
import { allTools } from './tools/all.ts';

/** Fabwright beside the tools that people deploy with. */
export const bench: Bench = async (options, say) => {
  const desk = openDesk();
  const dispose = (): void => desk.dispose();
  process.once('exit', dispose);
  try {
    const startUp = measureStartUp(desk.program);
    const all = allTools(desk.program).filter(({ name }) => options.tools?.includes(name) ?? true);
    const absent = all.filter((tool) => tool.version() === undefined);
    for (const { name } of absent) say(`${name} is not installed: no row.`);
    const tools = all.filter((tool) => !absent.includes(tool));
    const results: CellResult[] = [];
    for (const cell of cellsOf(options, tools)) results.push(await runCell(cell, say));
    // Who asks for a part of it sees what that part says.
    const isWhole = Object.keys(options).length === 0;
    const goals = goalsOf(results, startUp).filter(({ reached }) => isWhole || reached !== undefined);
    return {
      markdown: [versionsLine(tools), goalsTable(goals), ...results.map(cellTables)].join('\n\n'),
      figures: {
        goals: goals.map((goal) => ({ ...goal, reached: goal.reached ?? null })),
        startUp: startUpFigures(startUp),
        cells: results.map(cellFigures),
      },
    };
  } finally {
    process.off('exit', dispose);
    dispose();
  }
};
