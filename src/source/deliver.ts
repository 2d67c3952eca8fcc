import { setTimeout as pause } from 'node:timers/promises';
import { fail, ok, type Result } from '../model/result.ts';
import type { RemoteProcess } from '../model/session.ts';
import { advertisedObjects, readAdvertisement } from './advertisement.ts';
import type { PackCache } from './pack-cache.ts';
import { packetReader } from './packet-reader.ts';
import { NotGit } from './pkt-line.ts';
import { pushPack } from './push.ts';
import type { Repository } from './repository.ts';

/** What delivering a commit to one mirror took. */
export interface Delivery {
  /** Size of the pack that was sent; 0 when the ref was already right. */
  readonly bytes: number;
}

export interface Deliver {
  readonly repository: Repository;
  /** Starts `receivePack(mirror)` on the host; what the same command does after it is waited for. */
  readonly open: () => Promise<RemoteProcess>;
  readonly ref: string;
  readonly commit: string;
  readonly packs: PackCache;
  readonly signal?: AbortSignal;
}

/** Rejects when the run is cancelled: a peer that neither takes nor answers cannot hold us. */
const cancelled = (over: AbortSignal, signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over });
  });

/**
 * Brings one commit into one mirror on a host and sets `ref` to it there, whole or not at all.
 * @returns a sentence when git on the host refused it
 * @throws what `done` of the remote process rejects with when the host or the link failed
 */
export const deliver = async (options: Deliver): Promise<Result<Delivery, string>> => {
  const { repository, open, ref, commit, packs, signal } = options;
  const { input, output, done } = await open();
  // A broken pipe is told by `send`; the stream must not end the process over it.
  input.on('error', () => undefined);
  const ended = done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );

  const talk = async (): Promise<Result<Delivery, string>> => {
    const reader = packetReader(output);
    const advertisement = await readAdvertisement(reader);
    const oldOid = advertisement.refs.get(ref);
    const pack = oldOid === commit ? undefined : await packs.get(repository, commit, advertisedObjects(advertisement));
    const push = { ref, oid: commit, oldOid, pack: pack?.path, signal };
    const report = await pushPack({ input, reader }, advertisement, push);
    return report.ok ? ok({ bytes: pack?.bytes ?? 0 }) : report;
  };

  const over = new AbortController();
  let talked: Result<Delivery, string> | undefined;
  let thrown: unknown;
  try {
    // A link that goes may leave `output` hanging: what `done` says then ends the talk, after a moment for the report.
    const lost = ended.then(async (end) => {
      if (end === undefined) return new Promise<never>(() => undefined);
      await pause(500, undefined, { ref: false });
      throw end.error;
    });
    talked = await Promise.race([talk(), lost, cancelled(over.signal, signal)]);
  } catch (error) {
    thrown = error;
  } finally {
    over.abort();
  }
  output.resume();
  if (talked?.ok === true) {
    // The end of input would be taken for ours: it comes last.
    const end = await ended;
    input.end();
    if (end !== undefined) throw end.error;
    return talked;
  }
  input.end();
  signal?.throwIfAborted();
  const end = await Promise.race([ended, pause(2000, undefined, { ref: false })]);
  if (talked !== undefined) return talked;
  if (end !== undefined) throw end.error;
  if (thrown instanceof NotGit) return fail(thrown.message);
  throw thrown;
};
