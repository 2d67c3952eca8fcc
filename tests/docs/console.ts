/** The console blocks of a document: commands after `$ `, and what they print. */
export interface ConsoleBlock {
  /** Offsets of the block's inside in the document. */
  readonly start: number;
  readonly end: number;
  readonly commands: readonly string[];
  readonly text: string;
}

const fence = /```console\n([\s\S]*?)```/g;

export const consoleBlocks = (document: string): readonly ConsoleBlock[] =>
  [...document.matchAll(fence)].map((match) => {
    const text = match[1] ?? '';
    const start = match.index + '```console\n'.length;
    const commands = text.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
    return { start, end: start + text.length, commands, text };
  });

/** What differs from run to run and from machine to machine, out of the way of the comparison. */
export const masked = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d/g, 'RELEASE')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'MOMENT')
    .replace(/\b[0-9a-f]{10}\b/g, 'COMMIT')
    .replace(/\d+\.\d s/g, 'T s')
    .replace(/\d+ (GiB|MiB) free/g, 'N free')
    .replace(/\S+@\S+/g, 'USER')
    .replace(/^logs: .*$/gm, 'logs: FOLDER')
    // Hosts answer in the order they finish; their lines are compared as a set.
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trimEnd())
    .map((line) => (/^\s*\S+ web\d T s$|^ Longest at work/.test(line) ? line.replace(/web\d/, 'HOST') : line))
    .sort()
    .join('\n');
