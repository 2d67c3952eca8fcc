import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, well, type Repository, type World } from './world.ts';

/** Seconds from the command to the last host's swap: loading, connecting, looking, checking hashes and all. */
const limit = 2;

interface Traced {
  readonly traceEvents: readonly { readonly name: string; readonly ts?: number; readonly dur?: number }[];
}

/** When the new release was live on the last host, in seconds from the start of the command. */
const publishedIn = (file: string): number => {
  const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as Traced;
  const { ts = NaN, dur = NaN } = traceEvents.find(({ name }) => name === 'publish') ?? {};
  return (ts + dur) / 1e6;
};

// Hosts with a process table of their own, as hosts have: what each looks through is not what all of them run.
describeFleet('namespaces', 'a release held ready on 30 hosts', () => {
  let world: World;
  let app: Repository;
  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 30 });
    app = world.repository('app', { 'README.md': 'An application.\n' });
    world.environment('staging', { settings: { code_repo: app.path } });
  }, 180_000);
  afterAll(() => world.stop());

  test(
    `is published by --resume in under ${limit} s`,
    async () => {
      const seconds: number[] = [];
      const looks: number[] = [];
      // Other people's work may be on these cores; it is not on all three.
      for (let round = 1; round <= 3; round += 1) {
        app.commit({ 'a.txt': String(round) });
        const held = await well(world.fab(['staging', 'deploy', '--hold', '--yes']));
        expect(held.stdout).toContain('30 of 30');
        const look = await well(world.fab(['staging', 'status']));
        const trace = join(world.folder, 'trace.json');
        const resumed = await well(world.fab(['staging', 'deploy', '--resume', '--yes', '--trace', trace]));
        expect(new Set(Object.values(world.current('staging'))).size).toBe(1);
        const published = publishedIn(trace);
        seconds.push(published);
        looks.push(look.seconds);
        process.stderr.write(
          `--resume of a held release on 30 hosts: published in ${published.toFixed(2)} s, done in ${resumed.seconds.toFixed(2)} s; status alone takes ${look.seconds.toFixed(2)} s\n`,
        );
      }
      // Where the machine itself is slow, looking at 30 hosts is, too: no more than two and a half times that.
      expect(Math.min(...seconds)).toBeLessThan(Math.max(limit, 2.5 * Math.min(...looks)));
    },
    10 * 60_000,
  );
});
