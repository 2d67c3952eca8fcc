import type { Host } from '../model/host.ts';
import type { Connection, Transport } from '../transport/transport.ts';

/** Why a host could not be reached, as its transport said it. */
export interface NotReached {
  readonly host: string;
  readonly sentence: string;
  readonly hint?: string;
}

/**
 * The open connections of one invocation: one per host, opened when first asked for, used by every
 * task of the command line, closed together.
 */
export class Fleet {
  readonly #transport: Transport;
  readonly #connections = new Map<string, Connection>();
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Connects a host unless it is connected. Never throws: what stands in the way is the answer. */
  async connect(host: Host, signal: AbortSignal): Promise<NotReached | undefined> {
    if (this.#connections.has(host.name)) return undefined;
    try {
      const connection = await this.#transport.connect(host, signal);
      this.#connections.set(host.name, connection);
      void connection.lost.then(() => {
        if (this.#connections.get(host.name) === connection) this.#connections.delete(host.name);
      });
      return undefined;
    } catch (thrown) {
      // Errors of Node's own cross realms in tests, so they are known by their fields.
      const { message, hint } = thrown as { readonly message?: string; readonly hint?: string };
      return { host: host.name, sentence: message ?? String(thrown), ...(hint === undefined ? {} : { hint }) };
    }
  }

  /** @throws Error when the host was never connected or its connection was lost. */
  on(host: string): Connection {
    const connection = this.#connections.get(host);
    if (connection === undefined) throw new Error(`${host} is not connected.`);
    return connection;
  }

  has(host: string): boolean {
    return this.#connections.has(host);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    this.#connections.clear();
  }
}
