import { NotGit, packetDecoder, type Packet } from './pkt-line.ts';
import type { PacketReader } from './packet-reader.ts';

/** What `git receive-pack` answers to a push. */
export interface PushReport {
  /** 'ok', or why the pack was not taken. */
  readonly unpack: string;
  /** By ref: undefined when it was set, else why not. */
  readonly refs: ReadonlyMap<string, string | undefined>;
  /** What it said beside its report. */
  readonly words: string;
}

/** Takes the channel numbers of side-band-64k off: 1 is the report, 2 and 3 are words for people. */
const withoutBands = (reader: PacketReader, onWords: (text: string) => void): PacketReader => {
  const inner = packetDecoder();
  const ready: Packet[] = [];
  return {
    async next() {
      while (ready.length === 0) {
        const packet = await reader.next();
        if (packet === undefined || packet.kind === 'flush') return undefined;
        const band = packet.data[0];
        const rest = packet.data.subarray(1);
        if (band === 1) ready.push(...inner.push(rest));
        else if (band === 2 || band === 3) onWords(rest.toString('utf8'));
        else throw new NotGit('Expected a report of git on its side band.');
      }
      return ready.shift();
    },
  };
};

/**
 * Reads the report that follows a push, to its end.
 * @throws NotGit when there is none
 */
export const readReport = async (reader: PacketReader, sideBand: boolean): Promise<PushReport> => {
  let words = '';
  const lines = sideBand ? withoutBands(reader, (text) => (words += text)) : reader;
  const refs = new Map<string, string | undefined>();
  let unpack: string | undefined;
  for (;;) {
    const packet = await lines.next();
    if (packet === undefined || packet.kind === 'flush') break;
    const line = packet.data.toString('utf8').replace(/\n$/, '');
    const [, word, rest = ''] = /^(unpack|ok|ng) (.*)$/s.exec(line) ?? [];
    if (word === 'unpack') unpack = rest;
    else if (word === 'ok') refs.set(rest, undefined);
    else if (word === 'ng') {
      const space = rest.indexOf(' ');
      refs.set(space === -1 ? rest : rest.slice(0, space), space === -1 ? 'no reason given' : rest.slice(space + 1));
    }
  }
  // The rest of the side band, so that its last words are not lost.
  if (sideBand) while ((await lines.next()) !== undefined);
  if (unpack === undefined) throw new NotGit(`git on the host ended without a report. ${words}`.trim());
  return { unpack, refs, words: words.trim() };
};
