import { share } from '../../proof.ts';
import { until } from '../../end-to-end/world.ts';
import { openCommcareWorld, type CommcareWorld } from '../fleet/world.ts';
import { settleAccounts, type Accounts } from './accounts.ts';
import { acts, quiet } from './acts.ts';
import { agentName, startLoad, type Tally } from './client.ts';
import { runControl } from './control.ts';
import { loggedSince, type Logged } from './nginx-log.ts';

/** How one act ended, and what the clients saw meanwhile. */
export interface Played {
  readonly title: string;
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
}

/** Everything that the proof found. */
export interface Found {
  readonly played: readonly Played[];
  readonly tally: Tally;
  readonly seconds: number;
  readonly logged: readonly Logged[];
  readonly accounts: Accounts;
  readonly control: Tally;
}

export const requestsAsked = share(50_000);

/** Plays every act while clients read and write, then counts what became of it; `say` gets a line for each act. */
export const prove = async (say: (line: string) => void): Promise<Found> => {
  const world = await openCommcareWorld();
  try {
    say(`${world.fleet.hosts.length} hosts are up`);
    const first = await world.fab('deploy', '--yes', '--other-branch', '--commit', world.repository.commits.first);
    if (first.status !== 0) throw new Error(`the first deploy failed:\n${first.stdout}\n${first.stderr}`);
    return await underLoad(world, say);
  } finally {
    await world.stop();
  }
};

const underLoad = async (world: CommcareWorld, say: (line: string) => void): Promise<Found> => {
  const began = Date.now();
  const load = startLoad({ url: world.fleet.url });
  const played: Played[] = [];
  const play = async (title: string, run: () => Promise<void>): Promise<void> => {
    const [start, requests, failed] = [Date.now(), load.tally.requests, load.tally.failures.length];
    await run();
    const act = {
      title,
      seconds: (Date.now() - start) / 1000,
      requests: load.tally.requests - requests,
      failed: load.tally.failures.length - failed,
    };
    played.push(act);
    say(`${title}: ${act.seconds.toFixed(0)} s, ${act.requests} requests, ${act.failed} failed`);
  };
  try {
    for (const act of acts) await play(act.title, () => act.run({ world }));
    while (load.tally.requests < requestsAsked) await play(quiet.title, () => quiet.run({ world }));
  } finally {
    await load.stop();
  }
  const seconds = (Date.now() - began) / 1000;
  const logged = await allLogged(world, load.tally.requests, began);
  const accounts = await settleAccounts(world, load.tally);
  const control = await runControl(world);
  say(`the control: ${control.requests} requests, ${control.failures.length} failed`);
  return { played, tally: load.tally, seconds, logged, accounts, control };
};

/** nginx writes a request's line after its answer, so the last client may be here before the last line is. */
const allLogged = async ({ fleet }: CommcareWorld, requests: number, began: number): Promise<readonly Logged[]> => {
  const logged = () => loggedSince(fleet, agentName, began / 1000);
  // What is still missing then is counted as missing.
  await until(() => logged().length >= requests, 10, 'every request is logged').catch(() => undefined);
  return logged();
};
