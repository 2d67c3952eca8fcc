import { expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { verdictText } from './command.ts';
import { fabwright } from './fabwright/adapter.ts';
import { share } from '../proof.ts';
import { faultLoop } from './loop.ts';
import { cellTable, totalsOf, totalsTable } from './table.ts';

const minutes = 60_000;

describeFleet('namespaces', 'the fault loop', () => {
  test(
    'whatever is killed, cut, stopped or filled, and wherever: whole, told truly, and one after the next run',
    async () => {
      const tool = fabwright();
      try {
        // Somewhat more than 300: some find nothing to strike.
        const report = await faultLoop(tool, { lanes: 3, sample: share(320), seed: 1 });
        process.stderr.write(`${[...cellTable(report), '', ...totalsTable([totalsOf(report)])].join('\n')}\n`);
        const broken = report.verdicts.filter(({ violations }) => violations.length > 0);
        expect(broken.map((verdict) => verdictText(tool.name, verdict, true))).toEqual([]);
        expect(totalsOf(report).injected).toBeGreaterThanOrEqual(share(300));
      } finally {
        tool.dispose();
      }
    },
    60 * minutes,
  );
});
