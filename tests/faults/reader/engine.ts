import { sh } from '../../../src/model/command.ts';
import { operation } from '../../../src/model/operation.ts';
import { newRelease, noRelease, previousRelease } from '../../../src/model/release-choice.ts';
import { role } from '../../../src/model/role.ts';
import { cleanStep, createStep, publishStep } from '../../../src/model/step.ts';
import { task } from '../../../src/model/task.ts';
import type { Shell } from '../../shells.ts';
import { LocalFleet } from '../../run/local-fleet.ts';
import { Reader, sumOf } from './reader.ts';
import type { Row } from './table.ts';

const web = role('web');

const build = operation({
  name: 'build',
  roles: [web],
  run: ({ host, release }) => host.in(release.path).run(sh`echo ${release.id} | tee version > other`),
});

const deploy = task({
  name: 'deploy',
  description: '',
  release: newRelease,
  steps: [createStep([web]), build, publishStep([web]), cleanStep([web])],
});
const rollback = task({ name: 'rollback', description: '', release: previousRelease, steps: [publishStep([web])] });
const cleanReleases = task({ name: 'clean_releases', description: '', release: noRelease, steps: [cleanStep([web])] });

/** The real engine with real surveys, keepers and commands: each cycle a deploy, a rollback and a cleaning. */
export const watchedEngine = async (
  name: string,
  { cycles, hosts, shell }: { readonly cycles: number; readonly hosts: readonly string[]; readonly shell?: Shell },
): Promise<Row> => {
  const path = process.env['PATH'];
  // The local transport hands this PATH on: without perl and python3 in it, the keeper is the one in sh.
  if (shell?.path !== undefined) process.env['PATH'] = shell.path;
  const fleet = new LocalFleet({ web: hosts });
  const readers: Reader[] = [];
  try {
    const run = async (what: typeof deploy, params: Record<string, unknown> = {}): Promise<void> => {
      const { outcome } = await fleet.run(what, params);
      if (outcome.status !== 0)
        throw new Error(
          `${what.name}: ${outcome.status} ${outcome.sentence ?? ''} ${JSON.stringify(outcome.failures)}`,
        );
    };
    await run(deploy, { keep: 3 });
    await run(deploy, { keep: 3 });
    for (const host of hosts) readers.push(await Reader.on(fleet.root(host), shell));
    for (let done = 0; done < cycles; done += 1) {
      await run(deploy, { keep: 3 });
      await run(rollback);
      if (done % 4 === 0) await run(cleanReleases, { keep: 2 });
    }
    const seen = await Promise.all(readers.map((reader) => reader.stop()));
    return { publisher: name, cycles, ...sumOf(seen) };
  } finally {
    process.env['PATH'] = path;
    for (const reader of readers) reader.kill();
    await fleet.close();
  }
};
