import type { Keeper, ModelHost, Word } from './state.ts';

/** What may come of the word that a keeper has: it is done, refused, or done and yet answered with `no`. */
export const outcomesOf = (
  host: ModelHost,
  epoch: number,
): readonly { readonly how: string; readonly host: ModelHost }[] => {
  const { keeper } = host;
  const word = keeper?.word;
  if (keeper === undefined || word === undefined) return [];
  const done = perform(host, word, epoch);
  return [
    { how: 'does', host: { ...done, keeper: answered(keeper, 'ok') } },
    // A full disk, a directory in the place of the link.
    { how: 'refuses', host: { ...host, keeper: answered(keeper, 'no') } },
    // Renamed, and then the fsync of the directory failed.
    { how: 'does, and answers no to', host: { ...done, keeper: answered(keeper, 'no') } },
  ];
};

/** A keeper that nobody hears can do nothing more after its word: as good as ended. */
const answered = (keeper: Keeper, answer: 'ok' | 'no'): Keeper | undefined =>
  keeper.heard ? { ...keeper, word: undefined, answer } : undefined;

const perform = (host: ModelHost, word: Word, epoch: number): ModelHost => {
  switch (word) {
    case 'claim':
      return { ...host, fence: epoch };
    case 'prepare':
      return { ...host, record: { epoch, phase: 'prepared' } };
    case 'decided':
      return { ...host, record: { epoch, phase: 'decided' }, wasDecided: true };
    case 'rename':
      return { ...host, link: 'new' };
    case 'undo':
      return { ...host, record: { epoch, phase: 'undo' } };
    case 'put back':
      return { ...host, link: 'old' };
    case 'aborted':
      return { ...host, record: { epoch, phase: 'aborted' } };
    case 'published':
    case 'undone':
      return { ...host, record: { epoch, phase: 'closed', ended: word } };
  }
};
