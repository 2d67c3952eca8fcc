import type { Json } from '../model/json.ts';
import { coloursFor, type Colours } from '../report/colours.ts';

/** Where the words of one invocation go. With `--json` standard output holds JSON lines alone. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Both ends are a terminal: questions can be asked, and a live board shown. */
  readonly interactive: boolean;
  /** Columns of the terminal, undefined when there is none. */
  readonly width: number | undefined;
  readonly colours: Colours;
  /** The stream for people. */
  readonly stream: NodeJS.WriteStream;
  /** What was asked for. */
  print(text: string): void;
  /** One JSON line; only with `--json`. */
  data(value: Json): void;
  /** What goes wrong. */
  complain(text: string): void;
  /** What is good to know; not with `--quiet`. */
  note(text: string): void;
}

export const outputFor = ({
  json,
  quiet,
  verbose,
}: {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}): Output => {
  const stream = json ? process.stderr : process.stdout;
  const write = (target: NodeJS.WriteStream, text: string): void =>
    void target.write(text.endsWith('\n') ? text : `${text}\n`);
  // A reader that goes away (`| head`) is no reason to fail.
  for (const each of [process.stdout, process.stderr]) each.on('error', () => undefined);
  return {
    json,
    quiet,
    verbose,
    interactive: process.stdin.isTTY && stream.isTTY && process.env['TERM'] !== 'dumb',
    width: stream.isTTY ? stream.columns : undefined,
    colours: coloursFor(stream),
    stream,
    print: (text) => write(stream, text),
    data: (value) => write(process.stdout, JSON.stringify(value)),
    complain: (text) => write(process.stderr, text),
    note: (text) => {
      if (!quiet) write(process.stderr, text);
    },
  };
};
