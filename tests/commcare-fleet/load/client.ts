import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { formOf, receiver } from '../client/forms.ts';
import { Sightings } from './sightings.ts';

/** One request that did not end with a 2xx, as its client saw it. */
export interface Failed {
  readonly at: number;
  readonly line: string;
  /** The status, or the error's code. */
  readonly what: string;
}

/** What the clients have seen so far. */
export interface Tally {
  readonly requests: number;
  readonly slow: number;
  /** The longest that any request took, in seconds. */
  readonly slowest: number;
  readonly failures: readonly Failed[];
  /** Ids of the forms whose receipt was acknowledged. */
  readonly written: ReadonlySet<string>;
  /** Names of the exports that were begun. */
  readonly exported: readonly string[];
  readonly sightings: Sightings;
}

export interface Load {
  readonly tally: Tally;
  /** Ends when every client has its last answer. */
  stop(): Promise<Tally>;
}

export interface LoadOptions {
  readonly url: string;
  readonly readers?: number;
  readonly writers?: number;
}

/** The load's own name in nginx's log. */
export const agentName = 'load';
/** One request in so many takes longer than two seconds, half of it before its work and half after. */
const slowEvery = 20;
/** A client that got an error rests before it goes on, as people do; it does not ask for the same again. */
const rest = 500;
/** One write in so many begins an export, which a worker is busy with for a while. */
const exportEvery = 60;
const patience = 60_000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly version: string | undefined;
}

/** What one client asks for. */
interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Told of a 2xx. */
  readonly done?: (body: string) => void;
}

const ask = (agent: Agent, url: URL, { method, body }: Question): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = {
      'user-agent': agentName,
      ...(body === undefined ? {} : { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) }),
    };
    const asked = request(url, { method, agent, headers, timeout: patience }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('error', reject);
      answer.on('end', () => {
        const version = answer.headers['x-commcare-version'];
        resolve({
          status: answer.statusCode ?? 0,
          body: text,
          version: typeof version === 'string' ? version : undefined,
        });
      });
    });
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.on('error', reject);
    asked.end(body);
  });

/** Clients that ask as fast as they are answered, each over a connection of its own, and never ask anything twice. */
export const startLoad = ({ url, readers = 8, writers = 2 }: LoadOptions): Load => {
  const began = Date.now();
  const tally = {
    requests: 0,
    slow: 0,
    slowest: 0,
    failures: [] as Failed[],
    written: new Set<string>(),
    exported: [] as string[],
    sightings: new Sightings(),
  };
  let latest: string | undefined;
  let running = true;

  /** A reader opens the page and the files that it names, and looks at a form that was received. */
  const reader = (): ((turn: number) => Question) => {
    let files: readonly string[] = [];
    const done = (body: string) =>
      void (files = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path));
    return (turn) => {
      const [path, ...rest] = files;
      files = rest;
      if (path !== undefined) return { method: 'GET', path };
      if (turn % 2 === 0 && latest !== undefined) return { method: 'GET', path: `/a/demo/forms/${latest}/` };
      return { method: 'GET', path: '/', done };
    };
  };
  const write = (turn: number): Question => {
    if (turn % exportEvery === exportEvery - 1) {
      const done = (body: string) => void tally.exported.push((JSON.parse(body) as { export: string }).export);
      return { method: 'POST', path: '/a/demo/exports/?seconds=2', body: '', done };
    }
    const { id, xml } = formOf(`form ${turn}`);
    const done = () => {
      tally.written.add(id);
      latest = id;
    };
    return { method: 'POST', path: receiver, body: xml, done };
  };

  const failed = async ({ method, path }: Question, at: number, what: string): Promise<void> => {
    tally.failures.push({ at, line: `${method} ${path}`, what });
    await pause(rest);
  };

  const client = async (first: number, next: (turn: number) => Question): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Files are never slow, so what they would have been is due with the next page.
    let due = first / slowEvery;
    for (let turn = 0; running; turn += 1) {
      const question = next(turn);
      const target = new URL(question.path, url);
      due += 1 / slowEvery;
      const isSlow = due >= 1 && !question.path.startsWith('/static/');
      if (isSlow) {
        target.searchParams.set('sleep', '2');
        due -= 1;
      }
      const at = Date.now();
      const ended = await ask(agent, target, question).catch((error: unknown) => ({
        failed: (error as NodeJS.ErrnoException).code ?? String(error),
      }));
      tally.requests += 1;
      if (isSlow) tally.slow += 1;
      tally.slowest = Math.max(tally.slowest, (Date.now() - at) / 1000);
      if ('failed' in ended) await failed(question, at, ended.failed);
      else if (ended.status < 200 || ended.status > 299) await failed(question, at, String(ended.status));
      else question.done?.(ended.body);
      if (!('failed' in ended) && ended.version !== undefined) tally.sightings.saw(ended.version, Date.now() - began);
    }
    agent.destroy();
  };

  // Slow requests are spread: no two clients begin with the same due.
  const clients = [
    ...Array.from({ length: readers }, (_, index) => client(index * 2 + 1, reader())),
    ...Array.from({ length: writers }, (_, index) => client(index * 10 + 2, write)),
  ];
  return {
    tally,
    stop: async () => {
      running = false;
      await Promise.all(clients);
      return tally;
    },
  };
};
