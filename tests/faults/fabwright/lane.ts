import { mkdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Desk, Repository } from '../../end-to-end/world.ts';
import { startFleet, type Fleet } from '../../fleet/index.ts';
import type { Controller, Ended, Goal, Known, Lane, TaskName } from '../adapter.ts';
import { buildLine, earlier, migrateLine, newest, restartLine } from '../application.ts';
import { startProcess } from '../controller.ts';
import { keepHomes, userNumber } from '../homes.ts';
import { heldLocks } from '../hosts.ts';
import { rootOf, standings } from '../oracle.ts';
import { inOrder, type Ambush, type Point } from '../point.ts';
import { brokenOn } from './disk.ts';
import type { Order } from './driver.ts';

/** What all lanes share: a built program, a driver, a repository. */
export interface Bench {
  readonly desk: Desk;
  readonly driver: string;
  readonly app: Repository;
  /** The commits of the versions, oldest first. */
  readonly commits: readonly string[];
}

const environment = 'production';
const root = `www/${environment}`;
/** As short as a lane can go: what waits for a lease to pass is most of the loop's time. */
const lease = 3;
const keepalive = 1;

const settings = (app: Repository): Readonly<Record<string, unknown>> => ({
  code_repo: app.path,
  default_branch: 'master',
  keepalive,
  lease,
  keep_releases: 2,
  build: [buildLine],
  before_publish: [migrateLine],
  restart: [restartLine],
  batch: '50%',
});

const answers = ['yes', 'same-commit', 'other-branch', 'outside-window'];

const paramsOf = (task: TaskName): Readonly<Record<string, unknown>> =>
  task === 'setup_release' ? { all_hosts: true } : {};

interface Start {
  readonly task: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly set?: Order['set'];
  readonly ambush?: Ambush | undefined;
  readonly onPoint?: (point: Point) => void;
}

export const openLane = async ({ desk, driver, app, commits }: Bench, number: number): Promise<Lane> => {
  const uid = userNumber(number);
  const fleet = await startFleet({
    kind: 'namespaces',
    hosts: 4,
    users: [{ name: 'deploy', uid }],
    homeBytes: 24 << 20,
  });
  const folder = join(desk.folder, `lane${number}`);
  const environments = join(folder, 'environments');
  mkdirSync(environments, { recursive: true });
  fleet.writeEnvironment(environments, environment, { settings: settings(app) });
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    GIT_CONFIG_GLOBAL: join(desk.folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  };

  const start = ({ task, params = {}, set = [], ambush, onPoint }: Start): Controller => {
    const order: Order = {
      environments,
      environment,
      task,
      params,
      set,
      answers,
      ...(ambush === undefined ? {} : { ambush }),
      list: onPoint !== undefined,
    };
    let reach: (reached: boolean) => void;
    const reached = new Promise<boolean>((resolve) => (reach = resolve));
    const { child, ended } = startProcess(process.execPath, [driver, JSON.stringify(order)], {
      env,
      cwd: folder,
      onLine: (line) => {
        const { point } = JSON.parse(line) as { readonly point?: Point };
        if (point === undefined) reach(true);
        else onPoint?.(point);
      },
    });
    void ended.then(() => reach(false));
    return {
      pids: () => (child.pid === undefined || child.exitCode !== null ? [] : [child.pid]),
      reached,
      go: () => void (child.stdio[3] as NodeJS.WritableStream).write('g'),
      ended,
    };
  };

  const well = async (what: Start): Promise<Ended> => {
    const ended = await start(what).ended;
    if (ended.status !== 0) throw new Error(`${what.task} ended with ${String(ended.status)}:\n${ended.text}`);
    return ended;
  };

  const known = await makeHistory(fleet, commits, well).catch(async (thrown: unknown) => {
    await fleet.stop();
    throw thrown;
  });
  const homes = keepHomes(fleet, uid, join(folder, 'saved'));
  await homes.save();

  const goal = (task: TaskName): Goal => {
    const [first, previous, live] = known as readonly [Known, Known, Known];
    const publishes = task === 'deploy' || task === 'rollback' || task === 'hotfix_deploy';
    const makes = publishes && task !== 'rollback';
    return {
      old: live,
      newName: task === 'rollback' ? previous.name : undefined,
      newVersion: newest,
      publishes,
      known,
      precious: makes ? [live.name] : [live.name, previous.name],
      doomed: task === 'clean_releases' ? [first.name] : [],
    };
  };

  const plain = (task: TaskName) => (): Controller => start({ task, params: paramsOf(task) });

  const lane: Lane = {
    fleet,
    uid,
    lease,
    patience: 60,
    tellsWhere: true,
    root,
    reset: () => homes.restore(),
    goal,
    start: (task, ambush) => start({ task, params: paramsOf(task), ambush }),
    points: async (task) => {
      const points: Point[] = [];
      await well({ task, params: paramsOf(task), onPoint: (point) => points.push(point) });
      return inOrder(points);
    },
    recoveries: (task, turn) => {
      if (turn % 2 === 1) return [plain(task === 'hotfix_deploy' ? task : 'deploy')];
      if (task !== 'deploy' && task !== 'hotfix_deploy') return [plain(task)];
      return [() => start({ task, params: { resume: true } }), plain(task)];
    },
    inspect: (host, settled) => brokenOn(rootOf(lane, host), settled),
    lockedHosts: async () => {
      const files = fleet.hosts.map(({ name }) => join(rootOf(lane, name), '.fab/lock'));
      const held = await heldLocks(files);
      return fleet.hosts.filter((_, index) => held.includes(files[index] ?? '')).map(({ name }) => name);
    },
    stop: () => fleet.stop(),
  };
  const wrong = standings(lane, goal('deploy')).flatMap(({ lacks }) => lacks);
  if (wrong.length > 0) throw new Error(`the loop's own start is not whole: ${wrong.join('; ')}`);
  return lane;
};

/** Deploys every older version, so that there is one to roll back to and one to clean. */
const makeHistory = async (
  fleet: Fleet,
  commits: readonly string[],
  well: (what: Start) => Promise<Ended>,
): Promise<readonly Known[]> => {
  const known: Known[] = [];
  for (const [index, version] of earlier.entries()) {
    await well({ task: 'deploy', params: { commit: commits[index] }, set: [['keep_releases', '9']] });
    known.push({ name: basename(readlinkSync(fleet.hosts[0]?.path(`${root}/current`) ?? '')), version });
    // Releases are named to the second.
    await pause(1000);
  }
  return known;
};
