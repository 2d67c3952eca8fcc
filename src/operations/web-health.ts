import { http, probe, type Host, type Session } from '../api.ts';
import type { UpstreamServer } from './nginx-site.ts';
import type { WorkerState } from './rolling-batches.ts';

/** One web worker as the balancer and its health page know it. */
export type WebWorker = Readonly<{
  host: string;
  /** How its line in nginx may name it. */
  addresses: readonly string[];
  /** The health page as others ask it; empty where there is none, or where it is the same for everybody. */
  url: string;
}>;

export type Looked = Readonly<{ state: WorkerState; words: string }>;

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

export const webWorker = ({ name, address }: Host, port: number, healthUrl: string | undefined): WebWorker => ({
  host: name,
  addresses: [...new Set([`${address}:${port}`, `${name}:${port}`])],
  url: healthUrl === undefined ? '' : fromOutside(healthUrl, address),
});

/** `http://127.0.0.1:9010/up` is each host's own page: others ask for it at the host's address. */
const fromOutside = (healthUrl: string, address: string): string => {
  const url = new URL(healthUrl);
  if (!loopback.includes(url.hostname)) return '';
  return `${url.protocol}//${address}${url.port === '' ? '' : `:${url.port}`}${url.pathname}${url.search}`;
};

/** How a worker answers before anything is done to it. */
export const lookAtWorker = async (host: Session, healthUrl: string): Promise<Looked> => {
  const [answer] = await probe(host, [healthUrl]);
  if (answer === undefined || answer.refused) return { state: 'down', words: 'nobody listens' };
  return { state: answer.status === 200 ? 'well' : 'sick', words: answer.words };
};

/** From the worker itself, then from every proxy: a worker may listen where no proxy reaches it. */
export const awaitHealth = async (
  host: Session,
  proxies: readonly Session[],
  { healthUrl, url, within }: { readonly healthUrl: string; readonly url: string; readonly within: number },
): Promise<void> => {
  await http(healthUrl, { within }).check(host);
  if (url === '') return;
  await Promise.all(proxies.map((proxy) => http(url, { within: Math.min(within, 10) }).check(proxy)));
};

/** Servers of an upstream that answer the health page, as their proxy sees them; each is asked up to three times. */
export const wellAmong = async (
  proxy: Session,
  servers: readonly UpstreamServer[],
  healthUrl: string,
): Promise<readonly UpstreamServer[]> => {
  const { pathname, search } = new URL(healthUrl);
  let silent = servers;
  for (let times = 0; times < 3 && silent.length > 0; times += 1) {
    const urls = silent.map(({ address }) => `http://${address}${pathname}${search}`);
    const answers = await probe(proxy, urls);
    silent = silent.filter((_, index) => answers[index]?.status !== 200);
  }
  return servers.filter((each) => !silent.includes(each));
};

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
