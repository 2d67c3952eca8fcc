import { needed, surelyGarbage, type Cleaning, type Truth } from './truth.ts';

/**
 * Compares what a cleaning deletes with what is true: nothing that is needed may go, nothing that
 * nobody needs may stay. Returns why each release stays that has to.
 */
export const judge = (truth: Truth, cleaning: Cleaning, deleted: readonly string[]): ReadonlyMap<string, string> => {
  const why = needed(truth, cleaning);
  const wrong = deleted.filter((name) => why.has(name)).map((name) => `${name} is deleted and is ${why.get(name)}`);
  const idle = surelyGarbage(truth, cleaning)
    .filter((name) => !deleted.includes(name))
    .map((name) => `${name} is left and nobody needs it`);
  if (wrong.length + idle.length > 0)
    throw new Error(`${[...wrong, ...idle].join('; ')} (keep ${cleaning.keep})\n${described(truth)}`);
  return why;
};

const described = ({ hosts, now }: Truth): string =>
  [
    `at ${new Date(now).toISOString()}`,
    ...hosts.map(
      ({ name, live, records, readable, sees, copies }) =>
        `${name}: live ${live ?? 'none'}; RELEASES.txt${readable ? '' : ' (unreadable)'} ${records.join(' ') || 'empty'}; ${sees ? '' : 'blind; '}has ${[
          ...copies,
        ]
          .map(([id, { stage, pins, users, held }]) =>
            [id, stage, pins.length > 0 ? 'pinned' : '', users > 0 ? 'used' : '', held ? 'held' : '']
              .filter((word) => word !== '')
              .join(' '),
          )
          .join(', ')}`,
    ),
  ].join('\n');
