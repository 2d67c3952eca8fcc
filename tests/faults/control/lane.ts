import { mkdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Desk, Repository } from '../../end-to-end/world.ts';
import { startFleet, type Fleet } from '../../fleet/index.ts';
import type { Controller, Goal, Known, Lane, TaskName } from '../adapter.ts';
import { earlier, newest } from '../application.ts';
import { startProcess } from '../controller.ts';
import { keepHomes, userNumber } from '../homes.ts';
import { here } from '../hosts.ts';
import { inOrder, type Ambush, type Point } from '../point.ts';
import { descendantsOf } from './descendants.ts';
import { forced, Watchman, type Names } from './watch.ts';

/** What is to be known of another tool. */
export interface OtherTool extends Names {
  readonly name: string;
  readonly tasks: readonly TaskName[];
  /** Writes what the tool reads below `folder`; what to deploy comes in the variable BRANCH. Its environment. */
  configure(folder: string, fleet: Fleet, repository: string): Readonly<Record<string, string>>;
  /** The repository as the hosts see it, or as the controller does. */
  readonly fetches: 'hosts' | 'controller';
  readonly program: string;
  words(task: TaskName): readonly string[];
  /** Why it cannot be tried here. */
  missing(): string | undefined;
}

export interface Bench {
  readonly desk: Desk;
  readonly app: Repository;
}

interface Seen extends Controller {
  /** What it has come by so far. */
  points(): readonly Point[];
}

const root = 'www/production';
const patience = 60;

/** A fleet that another tool deploys to, seen by the same loop. */
export const openControlLane = async (tool: OtherTool, { desk, app }: Bench, number: number): Promise<Lane> => {
  const uid = userNumber(number);
  const users = [{ name: 'deploy', uid }];
  const fleet = await startFleet({ kind: 'namespaces', hosts: 4, users, sshd: [forced], homeBytes: 24 << 20 });
  const watchman = new Watchman(fleet, uid, tool);
  const folder = join(desk.folder, `lane${number}`);
  mkdirSync(folder, { recursive: true });
  for (const host of fleet.hosts) {
    const mirror = host.path('app.git');
    await here('git clone -q --mirror "$1" "$2" && chown -R "$3:$3" "$2"', [app.path, mirror, String(uid)]);
  }
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    GIT_CONFIG_GLOBAL: join(desk.folder, 'gitconfig'),
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    ...tool.configure(folder, fleet, tool.fetches === 'hosts' ? '/home/deploy/app.git' : app.path),
  };

  const start = (task: TaskName, branch: string, ambush?: Ambush): Seen => {
    const watch = watchman.begin(ambush);
    const { child, ended } = startProcess(tool.program, tool.words(task), {
      env: { ...env, BRANCH: branch },
      cwd: folder,
    });
    return {
      pids: () => (child.pid === undefined || child.exitCode !== null ? [] : descendantsOf(child.pid)),
      reached: Promise.race([watch.reached.then(() => true), ended.then(() => false)]),
      go: () => watch.go(),
      ended,
      points: () => inOrder(watch.points),
    };
  };

  const well = async (task: TaskName, branch: string) => {
    const controller = start(task, branch);
    const ended = await controller.ended;
    if (ended.status !== 0)
      throw new Error(`${tool.program} ended with ${String(ended.status)}:\n${ended.text.slice(-6000)}`);
    return controller.points();
  };

  const history = async (): Promise<readonly Known[]> => {
    const known: Known[] = [];
    for (const version of earlier) {
      await well('deploy', `v${version}`);
      known.push({ name: basename(readlinkSync(fleet.hosts[0]?.path(`${root}/current`) ?? '')), version });
      // Releases are named to the second.
      await pause(1000);
    }
    return known;
  };
  const stop = async (): Promise<void> => {
    watchman.stop();
    await fleet.stop();
  };
  const known = await history().catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  const homes = keepHomes(fleet, uid, join(folder, 'saved'));
  await homes.save();

  const goal = (task: TaskName): Goal => {
    const [, previous, live] = known;
    if (previous === undefined || live === undefined) throw new Error('there is no history to go back to');
    return {
      old: live,
      newName: task === 'rollback' ? previous.name : undefined,
      newVersion: newest,
      publishes: true,
      known,
      precious: [],
      doomed: [],
    };
  };

  return {
    fleet,
    uid,
    lease: 2,
    patience,
    tellsWhere: false,
    root,
    reset: () => homes.restore(),
    goal,
    start: (task, ambush) => start(task, 'master', ambush),
    points: (task) => well(task, 'master'),
    recoveries: () => [() => start('deploy', 'master')],
    inspect: () => [],
    lockedHosts: async () => [],
    stop,
  };
};
