import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What came of a load. */
export interface LoadResult {
  readonly requests: number;
  /** Why requests failed, each with its moment. */
  readonly failures: readonly string[];
  /** The releases that answered, in the order in which they were first seen. */
  readonly releases: readonly string[];
  /** The workers that answered. */
  readonly hosts: readonly string[];
  /** Seconds of the slowest request. */
  readonly slowest: number;
  /** Connections that stood idle and were closed in the moment in which a request was sent on them. */
  readonly closedIdle: number;
}

export interface Load {
  readonly so: () => LoadResult;
  /** Lets what is in flight come to its end. */
  readonly stop: () => Promise<LoadResult>;
}

export interface LoadOptions {
  /** Asked in turn. */
  readonly urls: readonly string[];
  /** How many ask at once, each again as soon as it has its answer. */
  readonly readers: number;
  /** Every so many requests take two seconds. */
  readonly slowEvery: number;
  /**
   * Connections are used again. A request on one that the server closes meanwhile is sent once more on a
   * new one, as RFC 9112 (9.3.1) has it and browsers do. Otherwise nothing is ever sent twice.
   */
  readonly keepAlive: boolean;
  /** Every so many requests are an upload whose body comes bit by bit for this long. */
  readonly upload?: { readonly every: number; readonly milliseconds: number };
}

/** A client for which whatever does not end with 200 is a failed request. */
export const startLoad = ({ urls, readers, slowEvery, keepAlive, upload }: LoadOptions): Load => {
  // With a limit it would keep connections open all the same.
  const agent = keepAlive ? new Agent({ keepAlive, maxSockets: readers }) : new Agent();
  const failures: string[] = [];
  const [releases, hosts] = [new Set<string>(), new Set<string>()];
  let [requests, slowest, closedIdle, stopped] = [0, 0, 0, false];

  const once = async (number: number): Promise<void> => {
    const began = Date.now();
    const slow = number % slowEvery === 0;
    const uploads = upload !== undefined && number % upload.every === 0;
    try {
      const url = `${urls[number % urls.length] ?? ''}?seconds=${slow ? 2 : 0}`;
      const send = (through: Agent): Promise<Answer> => ask(through, url, uploads ? upload.milliseconds : 0);
      const { status, text } = await send(agent).catch((thrown: unknown) => {
        if (!(thrown instanceof ClosedIdle)) throw thrown;
        closedIdle += 1;
        return send(new Agent());
      });
      const [release = '', host = ''] = text.split(' ');
      if (status !== 200) throw new Error(`status ${status}`);
      releases.add(release);
      hosts.add(host);
    } catch (thrown) {
      failures.push(
        `${new Date().toISOString()} ${slow ? 'slow ' : ''}${uploads ? 'upload ' : ''}${(thrown as Error).message}`,
      );
    }
    slowest = Math.max(slowest, (Date.now() - began) / 1000);
  };
  const reader = async (): Promise<void> => {
    while (!stopped) await once((requests += 1));
  };
  const all = Promise.all(Array.from({ length: readers }, reader));
  const so = (): LoadResult => ({
    requests,
    failures,
    releases: [...releases],
    hosts: [...hosts].sort(),
    slowest,
    closedIdle,
  });
  return {
    so,
    stop: async () => {
      stopped = true;
      await all;
      agent.destroy();
      return so();
    },
  };
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The server had closed a connection that stood idle, and never saw the request. */
class ClosedIdle extends Error {}

const ask = (agent: Agent, url: string, uploadFor: number): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const began = Date.now();
    const asked = request(url, { agent, method: uploadFor > 0 ? 'POST' : 'GET' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // A request that was at work already comes to its end after two seconds: losing it is a failure.
      const idle = asked.reusedSocket && error.code === 'ECONNRESET' && Date.now() - began < 1000;
      reject(idle ? new ClosedIdle() : error);
    });
    asked.setTimeout(60_000, () => asked.destroy(new Error('no answer within a minute')));
    void (async () => {
      if (uploadFor > 0) {
        asked.setHeader('Content-Length', 10);
        for (let part = 0; part < 10; part += 1) {
          asked.write('x');
          await pause(uploadFor / 10);
        }
      }
      asked.end();
    })();
  });
