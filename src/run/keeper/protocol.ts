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
 * | get PATH                     | a file's text on one line; `no absent`; of a directory      |
 * |                              | nothing but whether it is there                             |
 * | state                        | `look`, epoch, record and release names, between tabs       |
 * | fence EPOCH                  | writes the run's number; `no busy` while an older run's     |
 * |                              | command still works                                         |
 * | beat                         | nothing; every line is a sign of life                       |
 * | prepare TARGET EXPECTED REC  | the record and the next link, if `look` is still EXPECTED;  |
 * |                              | `no changed …`                                              |
 * | decide REC                   | the record; only after `prepare`                            |
 * | commit                       | the rename; only after `decide`; answers `look`             |
 * | abort REC                    | the record, and the next link is removed                    |
 * | undo REC                     | the record; allows `back`                                   |
 * | back LINK                    | `current` is LINK again, or nothing when that is empty      |
 * | close REC                    | the record of a publish that is over                        |
 * | away PATH TRASH              | renames a release out of sight; `no held` while it is       |
 * |                              | built or a durable step runs in it                          |
 * | end                          | lets go and ends                                            |
 *
 * All paths are relative to the root. A lock that the keeper has already it takes again. A line that
 * the end of input cuts short was not said. At the end of input, at `end`, and when nothing was said
 * for the length of the lease, the keeper removes a link that was only prepared, and ends; its locks go
 * with it, its record stays. REC is the text of a PublishRecord (model/publish-record.ts): the keeper
 * does not read it, it sees to the order of the words.
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
