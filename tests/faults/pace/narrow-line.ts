import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKeeper, type Keeper } from '../../../src/run/keeper/keeper.ts';
import { createSession, defaultSilence } from '../../../src/session/session.ts';
import { createSshTransport } from '../../../src/transport/ssh.ts';
import { startRelay, startSshd, type Relay, type Sshd } from '../../transport/sshd.ts';

const oneMegabit = 125_000;

/** How a file went over beside a keeper: whether that kept its lock, how long it took, what arrived. */
export interface Sent {
  readonly kept: boolean;
  readonly seconds: number;
  readonly size: number | undefined;
}

/** A real sshd behind a line of 1 Mbit/s. */
export class NarrowLine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fabwright-pace-'));
  readonly #sshd: Sshd;
  readonly #relay: Relay;

  static async open(): Promise<NarrowLine> {
    const sshd = await startSshd();
    return new NarrowLine(sshd, await startRelay(sshd.port, { bytesPerSecond: oneMegabit }));
  }

  constructor(sshd: Sshd, relay: Relay) {
    this.#sshd = sshd;
    this.#relay = relay;
    writeFileSync(join(this.#folder, 'known_hosts'), `[127.0.0.1]:${relay.port} ${sshd.publicKey('ed25519')}\n`);
  }

  async close(): Promise<void> {
    await this.#relay.stop();
    await this.#sshd.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async send(bytes: number, lease: number, paces: boolean): Promise<Sent> {
    const host = { ...this.#sshd.host, port: this.#relay.port };
    const transport = createSshTransport({
      knownHostsFiles: { pinned: join(this.#folder, 'known_hosts'), user: false },
      environmentName: 'staging',
      configFile: this.#sshd.config,
    });
    const connection = await transport.connect(host, new AbortController().signal);
    const root = join(this.#folder, `root-${bytes}-${String(paces)}`);
    const survey = { host: 'web1', root, tools: { perl: '5' } };
    const keeper: Keeper = await startKeeper({ connection, survey, sudoUser: undefined, path: [], lease });
    const keeping = { lost: false };
    void keeper.gone.then(() => (keeping.lost = true));
    if (!(await keeper.ask('lock', '.fab/lock', '', '')).ok) throw new Error('The lock is held.');
    const session = createSession(host, {
      connection,
      user: undefined,
      path: [],
      variables: {},
      silence: defaultSilence,
      signal: new AbortController().signal,
      ...(paces ? { pace: keeper.pace } : {}),
    });
    const target = join(root, 'file');
    const began = Date.now();
    const sent = session.put(randomBytes(bytes), target).then(
      () => true,
      () => false,
    );
    await Promise.race([sent, keeper.gone]);
    const kept = !keeping.lost && (await keeper.ask('look').catch(() => undefined))?.ok === true;
    const seconds = (Date.now() - began) / 1000;
    await connection.close();
    await sent;
    return { kept, seconds, size: kept ? statSync(target).size : undefined };
  }
}
