import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What a server said: its code, and its lines without it. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

export interface ConversationOptions {
  readonly host: string;
  readonly port: number;
  /** Encrypted from the first byte on. */
  readonly tls: boolean;
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string;
  /** Ends it, wherever it is. */
  readonly signal: AbortSignal;
}

/** No server says more than this in one reply. */
const longest = 65_536;

/** Questions and answers with an SMTP server, one at a time. A server that goes away is an error at once. */
export class Conversation {
  readonly #options: ConversationOptions;
  #socket: Socket;
  #heard = '';
  #broken: Error | undefined;
  #wake: () => void = () => undefined;
  readonly #end = (): void => {
    this.#break(this.#options.signal.reason as Error);
  };

  private constructor(options: ConversationOptions) {
    this.#options = options;
    const { host, port, tls } = options;
    this.#socket = tls ? this.#secured() : connect({ host, port });
    this.#listen(this.#socket);
    if (options.signal.aborted) this.#end();
    options.signal.addEventListener('abort', this.#end, { once: true });
  }

  static open(options: ConversationOptions): Conversation {
    return new Conversation(options);
  }

  /** The address that the server sees us come from. */
  get from(): string {
    return this.#socket.localAddress ?? '127.0.0.1';
  }

  /**
   * Says a line and hears the answer.
   * @throws Error in the server's own words, when its code is none of those.
   */
  async ask(line: string, expected: readonly number[], shown = line): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return this.hear(expected, shown);
  }

  async hear(expected: readonly number[], after: string): Promise<Reply> {
    const reply = await this.#reply();
    if (expected.includes(reply.code)) return reply;
    throw new Error(`it answered «${reply.code} ${reply.lines.join(' ')}» to ${after}`);
  }

  /** Goes on encrypted, over the same connection. */
  async secure(): Promise<void> {
    // What came before the handshake may be anybody's.
    if (this.#heard !== '') throw new Error('it said more than it may before encryption began');
    const plain = this.#socket;
    for (const name of ['data', 'error', 'close']) plain.removeAllListeners(name);
    const secured = this.#secured(plain);
    this.#socket = secured;
    this.#listen(secured);
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
      secured.once('close', () => reject(this.#broken ?? new Error('it closed the connection')));
    });
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#end);
    this.#socket.destroy();
  }

  #secured(over?: Socket): TLSSocket {
    const { host, port, ca } = this.#options;
    return connectTls({
      ...(over === undefined ? { host, port } : { socket: over }),
      // A name only: servers are not asked for by their address.
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
    });
  }

  #listen(socket: Socket): void {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#heard += text;
      if (this.#heard.length > longest) this.#break(new Error('it said more than an SMTP server would'));
      this.#wake();
    });
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('it closed the connection')));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#socket.destroy();
    this.#wake();
  }

  async #reply(): Promise<Reply> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r?\n)*(\d{3})(?: .*)?\r?\n/.exec(this.#heard);
      if (whole !== null) {
        this.#heard = this.#heard.slice(whole[0].length);
        const lines = whole[0].trimEnd().split(/\r?\n/);
        return { code: Number(whole[1]), lines: lines.map((line) => line.slice(4)) };
      }
      if (/^(?!\d{3}[ -])[^\n]{4,}\n/.test(this.#heard)) throw new Error('it does not speak SMTP');
      if (this.#broken !== undefined) throw this.#broken;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
