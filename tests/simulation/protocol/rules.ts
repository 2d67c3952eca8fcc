import { settlementOf, type Witness } from '../../../src/model/publish-record.ts';

/** The protocol, with what can be done wrong in it. */
export interface Rules {
  readonly name: string;
  /** On which hosts the decision lies before the first rename. */
  readonly decision: 'on all' | 'on one' | 'after the first rename';
  /** Whether `undo` is on all hosts before the first link is put back. */
  readonly undoRecorded: boolean;
  /** Whether a host that does not answer the rename makes the others go back. */
  readonly silenceUndoes: boolean;
  /** Whether a settling run writes its epoch on all hosts that it reached before its first record. */
  readonly epochClaimed: boolean;
  /** Whether a settling run acts with any hosts that it reaches, or needs a majority. */
  readonly majority: boolean;
  /** Whether a settling run that goes forward writes the decision over records that are closed as published. */
  readonly reopens: boolean;
  /**
   * Whether a settling run that goes forward may go back when a host refuses. Carefully: only if it
   * reaches every participant, nobody has closed the publish, and the host that refuses has not renamed.
   */
  readonly turnsBack: 'never' | 'carefully' | 'whenever all it reached answer';
  readonly settle: typeof settlementOf;
}

export const turningBack = (rules: Rules): Rules => ({
  ...rules,
  name: 'turns back carefully',
  turnsBack: 'carefully',
});

export const ours: Rules = {
  name: 'as built',
  decision: 'on all',
  undoRecorded: true,
  silenceUndoes: false,
  epochClaimed: true,
  majority: true,
  reopens: false,
  turnsBack: 'never',
  settle: settlementOf,
};

/** What an older rule held: whoever has closed or aborted it is through with it, however it ended elsewhere. */
const settleWithoutReopening: typeof settlementOf = (witnesses) => {
  const settlement = settlementOf(witnesses);
  if (settlement.kind === 'settled') return settlement;
  const isOver = ({ record }: Witness): boolean => record?.phase === 'closed' || record?.phase === 'aborted';
  return witnesses.every(isOver) ? { kind: 'settled' } : settlement;
};

/** Each wrong in one thing; the explorer must find every one of them, or it could not find anything. */
export const wrong: readonly { readonly rules: Rules; readonly runs: number }[] = [
  { runs: 2, rules: { ...ours, name: 'decision on one host only', decision: 'on one' } },
  { runs: 2, rules: { ...ours, name: 'decision after the first rename', decision: 'after the first rename' } },
  { runs: 2, rules: { ...ours, name: 'undo without a record', undoRecorded: false } },
  { runs: 2, rules: { ...ours, name: 'silence undoes', silenceUndoes: true } },
  { runs: 2, rules: { ...ours, name: 'turns back at any refusal', turnsBack: 'whenever all it reached answer' } },
  { runs: 2, rules: { ...ours, name: 'over once, over for ever', settle: settleWithoutReopening } },
  { runs: 3, rules: { ...ours, name: 'epoch not claimed before the first record', epochClaimed: false } },
  { runs: 3, rules: { ...ours, name: 'settles without a majority', majority: false } },
  { runs: 3, rules: { ...turningBack(ours), name: 'reopens what is closed', reopens: true } },
];
