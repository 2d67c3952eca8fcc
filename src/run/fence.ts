import { sh, type Command } from '../model/command.ts';
import { layoutAt } from '../model/layout.ts';
import { sessionOn } from './context.ts';
import { askAll, saidNo, textOf } from './keeper/ask-all.ts';
import type { HeldState } from './keeper/held-state.ts';
import type { Refused } from './locks.ts';
import { pause } from './pause.ts';
import { isInterrupted, surveyOf, type RunState } from './state.ts';

/** A command of an older run may have begun before its lock was lost; it is given this long to end. */
const patienceSeconds = 30;

/**
 * Writes this run's number, then waits until no command with an older number works any more: those that
 * have begun hold `.fab/work` shared, those that have not will find another number there.
 */
export const shutOthersOut = async (state: RunState): Promise<Refused | undefined> => {
  const epoch = Math.max(...[...state.found.values()].flatMap(numbersIn)) + 1;
  state.epoch = epoch;
  const deadline = Date.now() + patienceSeconds * 1000;
  let open: readonly string[] = [...state.keepers.keys()];
  for (let tries = 1; ; tries += 1) {
    const answers = await askAll(state.keepers, open, () => ['fence', String(epoch)]);
    const wrong = [...answers].find(([, answer]) => answer === undefined || (!answer.ok && answer.reason !== 'busy'));
    if (wrong !== undefined)
      return { kind: 'failed', host: wrong[0], sentence: `${wrong[0]} cannot be locked: ${textOf(wrong[1])}.` };
    open = saidNo(answers);
    if (open.length === 0) return undefined;
    if (isInterrupted(state.abort.signal.reason))
      return {
        kind: 'held',
        sentence: `A command of an earlier run still worked on ${open.join(', ')} when this ended.`,
      };
    if (Date.now() > deadline) return { kind: 'held', sentence: await stillWorking(state, open) };
    if (tries === 1)
      state.emit({ type: 'said', sentence: `Waiting for a command of an earlier run on ${open.join(', ')} to end.` });
    await pause(300);
  }
};

/** The record counts, too: it may have been put back together with a disk that knows nothing newer. */
const numbersIn = ({ epoch, txn }: HeldState): readonly number[] =>
  txn.kind === 'record' ? [epoch, txn.record.epoch] : [epoch];

/** Who holds `.fab/work` there, as far as processes can be seen. */
const stillWorking = async (state: RunState, hosts: readonly string[]): Promise<string> => {
  const named = await Promise.all(
    hosts.map(async (host) => {
      const work = layoutAt(surveyOf(state, host).root).work;
      const found = await sessionOn(state, 'lock', host)
        .read(holdersOf(work))
        .catch(() => '');
      const lines = found.split('\n').filter((line) => line.trim() !== '');
      return `${host} (${lines.length === 0 ? 'a process that cannot be seen' : lines.map((line) => line.trim()).join('; ')})`;
    }),
  );
  return `A command of an earlier run still works on ${named.join(', ')}.`;
};

/** Up to three processes that have a file open, a line each; not the shells that carry this very command. */
const holdersOf = (file: string): Command => sh`w=$(readlink -f ${file})
for f in /proc/[0-9]*/fd/*; do [ "$(readlink "$f" 2>/dev/null)" != "$w" ] || echo "$f" | cut -d / -f 3; done | sort -u | while read -r p; do
[ "$p" != $PPID ] && read -r x x x parent x </proc/$p/stat && [ "$parent" != $PPID ] || continue
tr '\0\n' '  ' </proc/$p/cmdline | cut -c 1-120 | sed "s/^/process $p: /"; done | head -n 3`;
