import type { Keeper } from './keeper.ts';
import type { Answer, Ask } from './protocol.ts';

/** What each host answered; undefined where the keeper is gone and nobody knows. */
export type Answers = ReadonlyMap<string, Answer | undefined>;

/**
 * Asks several keepers at once. All questions leave before the first answer is looked at: the spread
 * between hosts is the send loop.
 */
export const askAll = async (
  keepers: ReadonlyMap<string, Keeper>,
  hosts: readonly string[],
  words: (host: string) => Ask,
): Promise<Answers> => {
  const asked = hosts.map(
    (host) =>
      [
        host,
        keepers
          .get(host)
          ?.ask(...words(host))
          .catch(() => undefined),
      ] as const,
  );
  return new Map(await Promise.all(asked.map(async ([host, answer]) => [host, await answer] as const)));
};

export const saidYes = (answers: Answers): readonly string[] =>
  [...answers].flatMap(([host, answer]) => (answer?.ok === true ? [host] : []));
export const saidNo = (answers: Answers): readonly string[] =>
  [...answers].flatMap(([host, answer]) => (answer?.ok === false ? [host] : []));
export const silent = (answers: Answers): readonly string[] =>
  [...answers].flatMap(([host, answer]) => (answer === undefined ? [host] : []));

/** The words of an answer, for a person. */
export const textOf = (answer: Answer | undefined): string =>
  answer === undefined
    ? 'it does not answer'
    : answer.ok || answer.reason === 'error'
      ? answer.text
      : `${answer.reason} ${answer.text}`.trim();
