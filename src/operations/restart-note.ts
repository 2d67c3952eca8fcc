import { probe, type Session } from '../api.ts';
import { nginxOn, noLine, type NginxSettings } from './nginx.ts';
import type { Drained } from './nginx-site.ts';
import { isOwn, type NameSettings } from './program-names.ts';
import { isUp, supervisorOn, type SupervisorSettings } from './supervisorctl.ts';
import { listed, lookAtWorker, type Looked, type WebWorker } from './web-health.ts';

/**
 * How one host was before a restart, with all that is needed to put it right without the settings: a
 * type, not an interface, since it is what an operation returns.
 */
export type Noted = Readonly<{
  run: string;
  /** On hosts with programs. */
  supervisor: SupervisorSettings | null;
  /** Programs of this environment that ran. */
  up: readonly string[];
  /** On web workers. */
  worker: Looked | null;
  /** On proxies that know web workers. */
  nginx: NginxSettings | null;
  workers: readonly WebWorker[];
}>;

/** What a host is here, and what is known of it. */
export interface Noting {
  readonly host: Session;
  readonly run: string;
  readonly settings: SupervisorSettings & NameSettings & NginxSettings;
  readonly healthUrl: string | undefined;
  readonly is: { readonly supervised: boolean; readonly web: boolean; readonly proxy: boolean };
  readonly workers: readonly WebWorker[];
  readonly say: (sentence: string) => void;
}

/**
 * Looks at one host before anything of it restarts: supervisord must answer, and nginx take its
 * configuration and know every web worker. A worker that a run which was killed left out of rotation
 * goes back if it is well.
 */
export const noteFor = async ({ host, run, settings, healthUrl, is, workers, say }: Noting): Promise<Noted> => {
  const { supervisorctl, supervisor_user, nginx_site, nginx, nginx_user, drain_timeout } = settings;
  const up = is.supervised
    ? (await supervisorOn(host, settings).status()).filter((each) => isUp(each) && isOwn(settings, each.name))
    : [];
  const worker = is.web ? await lookAt(host, healthUrl, up.length > 0) : null;
  if (worker?.state === 'sick') say(`before its restart ${healthUrl ?? ''} ${worker.words}`);
  const balances = is.proxy && nginx_site !== '';
  if (balances) await tidied(host, settings, { run, workers, say });
  return {
    run,
    supervisor: is.supervised ? { supervisorctl, supervisor_user } : null,
    up: up.map(({ name }) => name),
    worker,
    nginx: balances ? { nginx_site, nginx, nginx_user, drain_timeout } : null,
    workers: balances ? workers : [],
  };
};

const lookAt = async (host: Session, healthUrl: string | undefined, runs: boolean): Promise<Looked> => {
  if (healthUrl !== undefined) return lookAtWorker(host, healthUrl);
  return runs ? { state: 'well', words: 'runs' } : { state: 'down', words: 'does not run' };
};

const tidied = async (
  host: Session,
  settings: NginxSettings,
  { run, workers, say }: Pick<Noting, 'run' | 'workers' | 'say'>,
): Promise<void> => {
  const nginx = nginxOn(host, settings);
  const servers = await nginx.look();
  const unknown = workers.find(({ addresses }) => !servers.some(({ address }) => addresses.includes(address)));
  if (unknown !== undefined) throw new Error(noLine(host.name, settings.nginx_site, unknown.host, unknown.addresses));
  const { back, out } = await putBackWell(host, settings, { workers, is: (drained) => drained.run !== run, within: 1 });
  if (back.length > 0) say(`${listed(back)} had been left out of rotation by an earlier run, and is back`);
  if (out.length > 0) say(outWords(out));
};

/**
 * What a restart that was cut off has left behind: programs that it stopped run again, and workers that it
 * took out of rotation go back as soon as they are well.
 * @param gaveUp workers that were waited for already
 * @throws Error naming those that stay out, so that it is told, and tried again by the next run
 */
export const putRight = async (noted: Noted, host: Session, gaveUp: ReadonlySet<string>): Promise<void> => {
  if (noted.supervisor !== null) {
    const supervisor = supervisorOn(host, noted.supervisor);
    const stopped = (await supervisor.idle(noted.up)).filter(({ state }) => state === 'STOPPED');
    await supervisor.start(stopped.map(({ name }) => name));
  }
  if (noted.nginx === null) return;
  const { out } = await putBackWell(host, noted.nginx, {
    workers: noted.workers,
    is: (drained) => drained.run === noted.run,
    within: 20,
    gaveUp,
  });
  if (out.length > 0) throw new Error(outWords(out));
};

const outWords = (out: readonly string[]): string =>
  `${listed(out)} ${out.length === 1 ? 'stays' : 'stay'} out of rotation: a health page that is not right. Once it is, the next restart puts ${out.length === 1 ? 'it' : 'them'} back`;

interface Putting {
  readonly workers: readonly WebWorker[];
  readonly is: (drained: Drained) => boolean;
  /** Seconds that a worker gets to become well. */
  readonly within: number;
  readonly gaveUp?: ReadonlySet<string>;
}

const putBackWell = async (
  host: Session,
  settings: NginxSettings,
  { workers, is, within, gaveUp = new Set() }: Putting,
): Promise<{ readonly back: readonly string[]; readonly out: readonly string[] }> => {
  const nginx = nginxOn(host, settings);
  const marked = (await nginx.servers()).flatMap(({ drained }) =>
    drained !== undefined && is(drained) ? [drained.host] : [],
  );
  const names = [...new Set(marked)];
  const well = await Promise.all(
    names.map(async (name) => {
      const url = workers.find((each) => each.host === name)?.url ?? '';
      return url === '' || (await isWell(host, url, gaveUp.has(name) ? 0 : within));
    }),
  );
  const back = names.filter((_, index) => well[index]);
  if (back.length > 0) await nginx.putBack((drained) => is(drained) && back.includes(drained.host));
  return { back, out: names.filter((name) => !back.includes(name)) };
};

const isWell = async (host: Session, url: string, within: number): Promise<boolean> => {
  const end = Date.now() + within * 1000;
  for (;;) {
    const [answer] = await probe(host, [url]);
    if (answer?.status === 200) return true;
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};
