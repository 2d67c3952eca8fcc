import type { Writable } from 'node:stream';
import { fail, ok, type Result } from '../model/result.ts';
import type { Advertisement } from './advertisement.ts';
import type { PacketReader } from './packet-reader.ts';
import { encodePacket, flushPacket } from './pkt-line.ts';
import { readReport } from './push-report.ts';
import { send } from './send.ts';

/** A conversation with one `git receive-pack`. */
export interface Wire {
  readonly input: Writable;
  readonly reader: PacketReader;
}

export interface Push {
  readonly ref: string;
  readonly oid: string;
  /** What the ref is now; undefined when there is none. */
  readonly oldOid: string | undefined;
  /** The file that holds the pack; none when the ref is already right. */
  readonly pack: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one ref and its pack and reads the report. git sets the ref only after it has checked that everything
 * the commit needs is there. `input` stays open: a wrapper may take its end for the controller's.
 * @throws NotGit or a stream's error when the other side ends without a report
 */
export const pushPack = async (
  { input, reader }: Wire,
  { capabilities }: Advertisement,
  { ref, oid, oldOid, pack, signal }: Push,
): Promise<Result<void, string>> => {
  if (oldOid === oid) {
    await send(input, flushPacket, { signal });
    return ok(undefined);
  }
  if (!capabilities.has('report-status')) return fail('git on the host is too old: it cannot report on a push.');
  // Without a side band git is silent while it checks; with it, it says every 5 s that it is alive.
  const sideBand = capabilities.has('side-band-64k');
  const wanted = ['report-status', 'ofs-delta', 'quiet', ...(sideBand ? ['side-band-64k'] : [])];
  const asked = wanted.filter((each) => capabilities.has(each)).join(' ');
  const command = encodePacket(`${oldOid ?? '0'.repeat(oid.length)} ${oid} ${ref}\0 ${asked}`);

  // Read while writing: an answer that nobody takes would stop the other side, and then us.
  const [sent, read] = await Promise.allSettled([
    send(input, Buffer.concat([command, flushPacket]), { file: pack, signal }),
    readReport(reader, sideBand),
  ]);
  // A report explains a broken pipe better than the pipe does.
  if (read.status === 'rejected')
    throw sent.status === 'rejected' && signal?.aborted === true ? sent.reason : read.reason;
  const { unpack, refs, words } = read.value;
  const saying = words === '' ? '' : `\n${words}`;
  if (unpack !== 'ok') return fail(`git on the host did not take the pack: ${unpack}.${saying}`);
  if (!refs.has(ref)) return fail(`git on the host did not say whether it set ${ref}.${saying}`);
  const refused = refs.get(ref);
  if (refused !== undefined) return fail(`git on the host refused ${ref}: ${refused}.${saying}`);
  if (sent.status === 'rejected') throw sent.reason;
  return ok(undefined);
};
