import type { Session } from '../api.ts';
import { nginxOn, type NginxSettings } from './nginx.ts';
import { listed, wellAmong, type WebWorker } from './web-health.ts';

/** What a web worker's way out of rotation depends on. */
export interface Leaving {
  readonly run: string;
  readonly worker: WebWorker;
  readonly healthUrl: string | undefined;
  /** It served users until now, so others must be there who do. */
  readonly isMissed: boolean;
  /** Workers that this run has brought back: one that is not well any more speaks against the new release. */
  readonly restarted: readonly WebWorker[];
  /** Changes of one proxy follow each other. */
  readonly queue: Queue;
  readonly say: (sentence: string) => void;
}

/** Does one thing after the other for each name. */
export type Queue = <Result>(name: string, act: () => Promise<Result>) => Promise<Result>;

export const queue = (): Queue => {
  const last = new Map<string, Promise<unknown>>();
  return (name, act) => {
    const next = (last.get(name) ?? Promise.resolve()).then(act, act);
    last.set(name, next);
    return next;
  };
};

/**
 * Takes a worker out of rotation on every proxy and waits until no request can reach it any more. Where one
 * proxy objects, the others take it back, and nothing has happened.
 */
export const takeOut = async (
  proxies: readonly Session[],
  settings: NginxSettings,
  leaving: Leaving,
): Promise<void> => {
  try {
    const ended = await Promise.allSettled(proxies.map((proxy) => takeOutOf(proxy, settings, leaving)));
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (thrown) {
    await putBackIn(proxies, settings, leaving).catch(() => undefined);
    throw thrown;
  }
};

const takeOutOf = async (proxy: Session, settings: NginxSettings, leaving: Leaving): Promise<void> => {
  const { worker, run, isMissed, say } = leaving;
  const nginx = nginxOn(proxy, settings);
  const drained = await leaving.queue(proxy.name, () =>
    nginx.drain(worker.addresses, { run, host: worker.host }, async (left) => {
      const { healthUrl } = leaving;
      if (healthUrl === undefined) return;
      const well = await wellAmong(proxy, left, healthUrl);
      const gone = leaving.restarted.filter(
        ({ addresses }) =>
          left.some(({ address }) => addresses.includes(address)) &&
          !well.some(({ address }) => addresses.includes(address)),
      );
      if (gone.length > 0)
        throw new Error(
          `${listed(gone.map(({ host }) => host))} came back and ${gone.length === 1 ? 'does' : 'do'} not answer any more, as ${proxy.name} sees it: ${worker.host} stays as it is.`,
        );
      if (isMissed && well.length === 0)
        throw new Error(
          `No other worker than ${worker.host} answers on ${proxy.name}: it is not taken out of rotation and not restarted.`,
        );
    }),
  );
  if (drained.kind === 'alone') {
    if (isMissed && !drained.only)
      throw new Error(
        `All other servers of ${drained.upstream} on ${proxy.name} are marked down: ${worker.host} is not restarted.`,
      );
    if (isMissed) say(`no other worker of ${drained.upstream} on ${proxy.name}: users will notice its restart`);
    return;
  }
  if (drained.kind === 'out-before') return;
  const left = await nginx.settled(drained.pids);
  if (left > 0)
    say(
      `${left} of nginx's workers on ${proxy.name} still ${left === 1 ? 'has' : 'have'} requests after ${settings.drain_timeout} s: those for this worker end with it, after its graceful timeout`,
    );
};

/** Only what we took out: a line that somebody marked down stays so. */
export const putBackIn = async (
  proxies: readonly Session[],
  settings: NginxSettings,
  { worker, queue: inTurn }: Pick<Leaving, 'worker' | 'queue'>,
): Promise<void> => {
  await Promise.all(
    proxies.map((proxy) =>
      inTurn(proxy.name, () => nginxOn(proxy, settings).putBack(({ host }) => host === worker.host)),
    ),
  );
};
