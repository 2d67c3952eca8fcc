import { setTimeout as pause } from 'node:timers/promises';
import { isWhole } from '../../proof.ts';
import { until, type Ran } from '../../end-to-end/world.ts';
import { commitsOnWeb, isDrained, proxySite } from '../fleet/web.ts';
import type { CommcareWorld } from '../fleet/world.ts';
import { doesNotStart } from '../application/bad-versions.ts';

/** One thing that is done to the fleet while its users go on. */
export interface Act {
  readonly title: string;
  /** Throws where it did not end as it must. */
  run(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly world: CommcareWorld;
}

const tail = (text: string): string => text.trimEnd().split('\n').slice(-90).join('\n');
const words = ({ stdout, stderr }: Ran): string => `${tail(stderr)}\n${tail(stdout)}`;

/** Runs `fab fleet …` and insists on how it ends. */
const fab = async ({ world }: Stage, line: readonly string[], status = 0): Promise<Ran> => {
  const ran = await world.fab(...line);
  if (ran.status !== status)
    throw new Error(
      `fab fleet ${line.join(' ')} ended with ${ran.status ?? 'a signal'}, not ${status}:\n${words(ran)}`,
    );
  return ran;
};

/** The commits that the web workers run, each once. */
const live = async ({ world: { fleet } }: Stage): Promise<string> =>
  [...new Set(Object.values(await commitsOnWeb(fleet)))].join(', ');

const insist = async (stage: Stage, commit: string, ran: Ran): Promise<void> => {
  const found = await live(stage).catch((error: unknown) => `nothing: ${String((error as Error).cause ?? error)}`);
  if (found !== commit) throw new Error(`web workers run ${found}, not ${commit}, after\n${words(ran)}`);
};

/** A version that brings a migration, or the next one upon `master`, which brings a number. */
const deploy = (named?: 'nullableColumn' | 'newTable' | 'newIndexes', what = ''): Act => ({
  title: `deploy${what}`,
  run: async (stage) => {
    const { repository } = stage.world;
    const commit = named === undefined ? repository.next() : repository.commits[named];
    await insist(stage, commit, await fab(stage, ['deploy', '--yes', '--other-branch', '--commit', commit]));
  },
});

const hotfix: Act = {
  title: 'hotfix_deploy',
  run: async (stage) => {
    const commit = stage.world.repository.next();
    await insist(stage, commit, await fab(stage, ['hotfix_deploy', '--yes', '--other-branch', '--commit', commit]));
  },
};

const rollback: Act = {
  title: 'rollback',
  run: async (stage) => {
    const before = await live(stage);
    await fab(stage, ['rollback', '--yes']);
    if ((await live(stage)) === before) throw new Error('a rollback has changed nothing');
  },
};

/** The new code does not start: the first batch finds out, and the fleet goes back. It brings no migration, over which it would not. */
const broken: Act = {
  title: 'deploy --on-failure rollback of code that does not start',
  run: async (stage) => {
    const before = await live(stage);
    const branch = 'does-not-start';
    stage.world.repository.branch(branch, doesNotStart);
    const line = ['deploy', '--yes', '--other-branch', '--branch', branch, '--on-failure', 'rollback'];
    await insist(stage, before, await fab(stage, [...line, '--health-timeout', '15'], 1));
  },
};

const rolling: Act = {
  title: 'restart_webworkers',
  run: async (stage) => {
    await fab(stage, ['restart_webworkers', '--yes']);
  },
};

/** A web worker that nginx sends nothing to and that has stopped listening, as soon as there is one. */
const workerBetween = async ({ world: { fleet } }: Stage): Promise<string> => {
  const { plan } = fleet;
  let found: string | undefined;
  const look = async (): Promise<boolean> => {
    const text = proxySite(fleet);
    const name = plan
      .all('webworkers')
      .find((each) => text.includes(`${fleet.host(each).address}:${plan.webPort} down;`));
    if (name === undefined) return false;
    const refused = await fetch(`http://${fleet.host(name).address}:${plan.webPort}/serverup.txt`).then(
      () => false,
      () => true,
    );
    if (refused) found = name;
    return refused;
  };
  await until(look, 60, 'a web worker is between its stop and its start');
  return found ?? '';
};

/** The host dies while it restarts, and comes back later; a second restart finishes what the first could not. */
const killed: Act = {
  title: 'restart_webworkers, a web worker killed in the middle of it',
  run: async (stage) => {
    const { fleet, desk } = stage.world;
    const running = desk.start(['fleet', 'restart_webworkers', '--yes']);
    const name = await workerBetween(stage);
    await fleet.host(name).kill();
    const ran = await running.ended;
    if (ran.status === 0) throw new Error(`a restart that lost ${name} ended with 0:\n${words(ran)}`);
    await fleet.host(name).restart();
    await fleet.ready(name);
    const url = `http://${fleet.host(name).address}:${fleet.plan.webPort}/serverup.txt`;
    await until(async () => (await fetch(url).catch(() => undefined))?.status === 200, 60, `${name} is well`);
    await fab(stage, ['restart_webworkers', '--yes']);
    if (isDrained(fleet)) throw new Error(`${name} is still out of rotation`);
  },
};

/** Users only. */
export const quiet: Act = { title: 'nothing', run: () => pause(5000) };

const whole: readonly Act[] = [
  quiet,
  ...[deploy('nullableColumn', ' with a migration'), deploy('newTable', ' with a migration')],
  ...[deploy('newIndexes', ' with new indexes'), deploy(), rollback],
  ...[deploy(), hotfix, deploy(), rollback, deploy()],
  broken,
  ...[deploy(), rolling, deploy(), killed],
  ...[deploy(), rollback, hotfix],
  quiet,
];

/** What is done, in this order; a part of the proof does one of each kind that has no other. */
export const acts: readonly Act[] = isWhole ? whole : [quiet, deploy('newIndexes', ' with migrations'), broken, killed];
