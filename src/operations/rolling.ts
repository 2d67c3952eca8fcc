import {
  during,
  hostsOfRole,
  operation,
  watch,
  type AnyOperation,
  type ByHost,
  type During,
  type OperationContext,
  type Role,
  type RunInfo,
  type Session,
  type Step,
} from '../api.ts';
import { isService } from './program-names.ts';
import { noteFor, putRight, type Noted } from './restart-note.ts';
import { restartPrograms } from './restart-programs.ts';
import { restartBatches, workerGroups, type BatchSize } from './rolling-batches.ts';
import {
  batchParam,
  healthTimeout,
  rollingSettings,
  soakParam,
  type Progress,
  type RollingGiven,
  type RollingOptions,
} from './rolling-options.ts';
import { putBackIn, queue, takeOut, type Leaving } from './rotation.ts';
import { supervisorOn } from './supervisorctl.ts';
import { awaitHealth, listed, webWorker, type WebWorker } from './web-health.ts';

/**
 * Web workers restart some at a time, so that no user notices: out of rotation, until no request can reach
 * them any more; stopped and started; well again; back into rotation. Whatever ends the run in between
 * is put right by its `around`.
 */
export const rollingOperations = ({ web, proxies, all, batch = '25%' }: RollingOptions) => {
  const runs = new Map<string, Progress>();
  const progressOf = ({ id, atEnd }: RunInfo): Progress => {
    const known = runs.get(id);
    if (known !== undefined) return known;
    const fresh = { queue: queue(), restarted: new Set<string>(), gaveUp: new Set<string>() };
    runs.set(id, fresh);
    atEnd(() => Promise.resolve(void runs.delete(id)));
    return fresh;
  };

  const workersOf = (run: RunInfo, { health_url }: RollingGiven): readonly WebWorker[] => {
    const port = run.processes.other['django_port'];
    return hostsOfRole(run.inventory, web).map((host) =>
      webWorker(host, typeof port === 'number' ? port : 9010, health_url),
    );
  };

  /** @param noted how these workers answered when they were looked at */
  const batchesOf = (hosts: readonly string[], { inventory }: RunInfo, noted: ByHost<Noted>, size: BatchSize) =>
    restartBatches(
      hosts.map((host) => ({ host, state: noted.on({ name: host })?.worker?.state ?? 'well' })),
      workerGroups(
        inventory.groups,
        hostsOfRole(inventory, web).map(({ name }) => name),
      ),
      size,
    );

  const look = async ({ host, others, run, settings: given, say }: Looking): Promise<Noted> => {
    const has = (roles: readonly Role[]): boolean =>
      roles.some((role) => hostsOfRole(run.inventory, role).some(({ name }) => name === host.name));
    const reached = new Set(others(web).map(({ name }) => name));
    return noteFor({
      host,
      run: run.id,
      settings: given,
      healthUrl: given.health_url,
      is: { supervised: has(all), web: has([web]), proxy: has([proxies]) },
      workers: workersOf(run, given).filter(({ host: name }) => reached.has(name)),
      say,
    });
  };

  /** Before anything is published: what would stop the restart later stops the task here. */
  const readyOn = (roles: readonly Role[]) =>
    operation({ name: 'services.ready', roles, uses: [web], everyRun: true, settings: rollingSettings, run: look });

  /** The same once more, right before the restart: what was so then is what is put right. */
  const noteOn = (roles: readonly Role[]) =>
    operation({
      name: 'services.note',
      roles,
      uses: [web],
      settings: rollingSettings,
      run: (context) => {
        // A run that goes back restarts a second time: what came back with the newer release says nothing then.
        progressOf(context.run).restarted.clear();
        return look(context);
      },
    });

  /** @param isDue says whether a worker is restarted at all */
  const restartWebIf = (
    { name, restarts }: { readonly name: string; readonly restarts: boolean },
    isDue: (host: Session, given: RollingGiven) => Promise<boolean>,
  ) =>
    operation({
      name,
      roles: [web],
      restarts,
      uses: [proxies],
      needs: { note: noteOn([web]) },
      params: {
        batch: batchParam(batch),
        health_timeout: healthTimeout,
      },
      settings: rollingSettings,
      batch: {
        words: 'a batch of each upstream group',
        make: ({ hosts, run, params, needs }) => batchesOf(hosts, run, needs.note, params.batch),
      },
      run: async ({ host, others, run, params, needs, settings: given, signal, say }) => {
        if (!(await isDue(host, given))) return say('no program has changed');
        const progress = progressOf(run);
        const workers = workersOf(run, given);
        const worker = workers.find((each) => each.host === host.name);
        if (worker === undefined) throw new Error(`${host.name} is no web worker.`);
        const state = needs.note.on(host)?.worker?.state ?? 'well';
        const balancers = balancersFor(host, others(proxies), run, given);
        const leaving: Leaving = {
          ...{ run: run.id, worker, healthUrl: given.health_url, isMissed: state === 'well', say },
          restarted: workers.filter((each) => progress.restarted.has(each.host)),
          queue: progress.queue,
        };
        if (state !== 'down') await takeOut(balancers, given, leaving);
        try {
          await restartPrograms(host, given, say);
          if (given.health_url !== undefined)
            await awaitHealth(host, balancers, {
              healthUrl: given.health_url,
              url: worker.url,
              within: params.health_timeout,
            });
        } catch (thrown) {
          progress.restarted.delete(host.name);
          progress.gaveUp.add(host.name);
          // It answered no better before: whoever put it into rotation knows why.
          if (!signal.aborted && state !== 'well') await putBackIn(balancers, given, leaving).catch(() => undefined);
          throw thrown;
        }
        await putBackIn(balancers, given, leaving);
        progress.gaveUp.delete(host.name);
        progress.restarted.add(host.name);
      },
    });

  const restartWeb = restartWebIf({ name: 'services.restart-web', restarts: true }, () => Promise.resolve(true));

  /** Where the configuration on disk differs from what runs. */
  const applyWeb = restartWebIf({ name: 'services.apply-web', restarts: false }, async (host, given) => {
    const changed = await supervisorOn(host, given).changed((name) => isService(given, name));
    return changed.length > 0;
  });

  /** Hosts that must be reached for a worker to leave rotation; none where the environment has no balancer of ours. */
  const balancersFor = (
    host: Session,
    reached: readonly Session[],
    run: RunInfo,
    { nginx_site }: RollingGiven,
  ): readonly Session[] => {
    if (nginx_site === '') return [];
    const missing = hostsOfRole(run.inventory, proxies)
      .map(({ name }) => name)
      .filter((name) => !reached.some((each) => each.name === name));
    if (missing.length > 0)
      throw new Error(
        `${host.name} cannot be taken out of rotation on ${listed(missing)}, which this run does not reach. With --limit, name the proxies, too: --limit ${[host.name, ...missing].join(',')}.`,
      );
    return reached;
  };

  /** Once for the fleet: in which order web workers would restart, and what stands in the way. */
  const plan = operation({
    name: 'services.batches',
    roles: [web],
    once: true,
    everyRun: true,
    uses: [proxies],
    needs: { ready: readyOn([web]) },
    params: { batch: batchParam(batch) },
    settings: rollingSettings,
    run: async ({ host, others, run, params, needs, settings: given, say }) => {
      await Promise.resolve();
      const names = others(web).map(({ name }) => name);
      for (const name of names) balancersFor({ ...host, name }, others(proxies), run, given);
      const batches = batchesOf(names, run, needs.ready, params.batch);
      say(`web workers will restart in this order: ${batches.map((each) => each.join(' + ')).join(', ')}`);
      if (given.nginx_site === '') say('no nginx_site is set: no web worker is taken out of rotation');
      if (given.health_url === undefined) say('no health_url is set: a web worker counts as well when it runs');
    },
  });

  /** After the last batch: what came back must stay well for a while. */
  const soak = operation({
    name: 'services.soak',
    roles: [web],
    params: { soak: soakParam },
    settings: { health_url: rollingSettings.health_url },
    run: async ({ host, params, settings: { health_url }, say }) => {
      if (params.soak === 0) return;
      if (health_url === undefined) say('no health_url is set: there is nothing to watch');
      else await watch(host, health_url, { seconds: params.soak });
    },
  });

  return {
    /** First in a task that restarts programs on these hosts: what would stop it later stops it here. */
    ready: (roles: readonly Role[]): readonly AnyOperation[] => [readyOn([...roles, proxies]), plan],
    restartWeb,
    applyWeb,
    soak,
    /** These steps restart; whatever they leave undone is put right, however they end. */
    around: (roles: readonly Role[], steps: readonly Step[]): During =>
      during(
        {
          stop: noteOn([...roles, proxies]),
          words: { from: 'what is cut off from here is put right', again: 'put right' },
          start: async (noted: ByHost<Noted>, host) => {
            const mine = noted.on(host);
            if (mine !== undefined) await putRight(mine, host, runs.get(mine.run)?.gaveUp ?? new Set());
          },
        },
        steps,
      ),
  } as const;
};

type Looking = Pick<
  OperationContext<Record<never, never>, typeof rollingSettings, Record<never, never>>,
  'host' | 'others' | 'run' | 'settings' | 'say'
>;
