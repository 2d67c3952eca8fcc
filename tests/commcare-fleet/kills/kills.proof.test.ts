import { expect, test } from '@jest/globals';
import { describeFleet } from '../../fleet/describe.ts';
import { openKills, type Kills } from './kills.ts';

describeFleet('namespaces', 'the whole deploy, its controller killed', () => {
  test('at each step; another machine resumes it, and the fleet is whole', async () => {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    let kills: Kills | undefined;
    try {
      kills = await openKills();
      say(`${kills.steps.length} steps, of which ${kills.chosen.length} are tried`);
      for (const step of kills.chosen) {
        const { objections, words } = await kills.killAt(step);
        say(words);
        expect({ step, objections }).toEqual({ step, objections: [] });
      }
    } finally {
      await kills?.close();
    }
  }, 5_400_000);
});
