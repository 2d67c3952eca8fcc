/** One `server` line of an upstream. */
export interface UpstreamServer {
  readonly upstream: string;
  /** As it is written: `10.0.0.2:9010`. */
  readonly address: string;
  /** Counted from 0. */
  readonly line: number;
  readonly down: boolean;
  /** Who took it out, where we did. */
  readonly drained: Drained | undefined;
}

/** The note that stands on the line itself: whoever finds it knows that the line may be put back, and how. */
export interface Drained {
  readonly run: string;
  readonly host: string;
}

const serverLine = /^(\s*server\s+([^\s;#]+)([^;#]*);)/;
const note = / # drained by fabwright: run (\S+), host (\S+)$/;

/** The servers of every upstream in a file of nginx that has each on a line of its own. */
export const serversIn = (text: string): readonly UpstreamServer[] => {
  let upstream: string | undefined;
  return text.split('\n').flatMap((line, index): readonly UpstreamServer[] => {
    const code = line.replace(/#.*/, '');
    const opens = /^\s*upstream\s+(\S+?)\s*\{/.exec(code);
    if (opens !== null) upstream = opens[1];
    const [, , address, options = ''] = serverLine.exec(line) ?? [];
    const found =
      upstream === undefined || address === undefined
        ? []
        : [
            {
              upstream,
              address,
              line: index,
              down: /(^|\s)down(\s|$)/.test(options),
              drained: drainedIn(line),
            },
          ];
    if (code.includes('}')) upstream = undefined;
    return found;
  });
};

/**
 * The text with these servers out of rotation. The word `down` goes before the semicolon and the note to
 * the end of the line, so that taking both away gives the line that was there, to the byte.
 */
export const withDown = (text: string, lines: readonly number[], { run, host }: Drained): string =>
  edited(text, lines, (line) =>
    line
      .replace(serverLine, (all) => `${all.slice(0, -1)} down;`)
      .concat(` # drained by fabwright: run ${run}, host ${host}`),
  );

/** The text as it was before `withDown`. */
export const withoutDown = (text: string, lines: readonly number[]): string =>
  edited(text, lines, (line) =>
    note.test(line) ? line.replace(note, '').replace(serverLine, (all) => all.replace(/ down;$/, ';')) : line,
  );

const drainedIn = (line: string): Drained | undefined => {
  const [, run, host] = note.exec(line) ?? [];
  return run === undefined || host === undefined ? undefined : { run, host };
};

const edited = (text: string, lines: readonly number[], change: (line: string) => string): string =>
  text
    .split('\n')
    .map((line, index) => (lines.includes(index) ? change(line) : line))
    .join('\n');
