import { readPublishRecord, type FoundRecord } from '../../model/publish-record.ts';

/** A host as its keeper saw it with the lock held: the answer to `state`. */
export interface HeldState {
  /** As the word `look` says it: `link TARGET`, `absent` or `real`. */
  readonly current: string;
  readonly epoch: number;
  readonly txn: FoundRecord;
  /** Names under `releases/` that begin with a digit, sorted. */
  readonly releases: readonly string[];
}

export const readHeldState = (text: string): HeldState => {
  const [current = '', epoch = '', txn = '', names = ''] = text.split('\t');
  return {
    current,
    epoch: Number(epoch) || 0,
    txn: readPublishRecord(txn),
    releases: names.split(' ').filter((name) => name !== ''),
  };
};

/** Where a link of `look`'s answer goes; null for no link. */
export const linkIn = (current: string): string | null => (current.startsWith('link ') ? current.slice(5) : null);
