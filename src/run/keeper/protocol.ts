/**
 * What controller and keeper say to each other: one line asked, one line answered, in order.
 *
 *   ask    = word *( SP argument )          bytes outside the plain ones written \0ooo
 *   answer = "ok" [ SP text ] | "no" SP reason [ SP text ]
 *
 * | word                         | does                                                        |
 * | lock PATH OWNERFILE OWNER    | takes the lock, writes the owner if the disk has room;      |
 * |                              | `no held OWNER`                                             |
 * | alive PATH                   | a lock that lives as long as the run; commands watch it     |
 * | look                         | `link TARGET`, `absent` or `real`                           |
 * | begin PATH                   | a new release, its lock held from the first moment;         |
 * |                              | `no exists`                                                 |
 * | dirs PATH                    | the directory and those above it                            |
 * | put PATH TEXT                | a file, whole or not at all, on disk before the answer      |
 * | add PATH LINE                | a line at the end, on disk before the answer                |
 * | get PATH                     | a file's text on one line; `no absent`                      |
 * | prepare TARGET EXPECTED      | the next link, if `look` is still EXPECTED; `no changed …`  |
 * | commit                       | the rename; answers what `look` then says                   |
 * | undo                         | back to what was there at `prepare`                         |
 * | away PATH TRASH              | renames a release out of sight; `no held`                   |
 * | end                          | lets go and ends                                            |
 *
 * All paths are relative to the root. A lock that the keeper has already it takes again. A line that
 * the end of input cuts short was not said. At the end of input, and at `end`, the keeper removes a
 * link that was only prepared, and ends; its locks go with it.
 */
export type Ask = readonly [word: string, ...args: readonly string[]];

export type Answer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string; readonly text: string };

const escaped = (argument: string): string =>
  argument.replace(/[\0-\x20\\\x7f%*?[\]]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

export const askLine = ([word, ...args]: Ask): string => `${[word, ...args.map(escaped)].join(' ')}\n`;

export const rootArgument = escaped;

export const readAnswer = (line: string): Answer => {
  const [first = '', ...rest] = line.split(' ');
  if (first === 'ok') return { ok: true, text: rest.join(' ').trim() };
  const [reason = 'error', ...text] = rest;
  return first === 'no'
    ? { ok: false, reason, text: text.join(' ').trim() }
    : { ok: false, reason: 'error', text: `an answer that is none: ${line}` };
};
