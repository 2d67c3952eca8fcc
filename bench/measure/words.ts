import type { BenchOptions } from './bench.ts';

/** The parts of the bench, in the order in which they run; each is a folder of `bench/`. */
export const parts = ['peers', 'scale', 'repository', 'profile'] as const;
export type Part = (typeof parts)[number];

/** The names that `--tools` knows. */
export const toolNames = ['fabwright', 'bash', 'fabric', 'capistrano', 'ansible', 'shipit'] as const;

export const usage = `npm run bench                             all parts: ${parts.join(', ')}
npm run bench -- peers                    beside the tools that people deploy with
             -- scale                     cost over the number of hosts
             -- repository                cost over the size of the repository
             -- profile                   where the time and the CPU of one host go
             -- --hosts 3,10,30           so many hosts
             -- --rounds 5                each measured so often
             -- --tools fabwright,bash    only these: ${toolNames.join(', ')}
             -- --round-trip 20           milliseconds that a relay adds to the way to each host
             -- --json FILE               every figure of every run, as JSON
UPDATE_DOCS=1 npm run bench               and writes the tables into docs/performance.md
`;

export interface Words {
  readonly parts: readonly Part[];
  readonly options: BenchOptions;
  readonly json?: string;
  readonly help: boolean;
}

const isPart = (word: string): word is Part => parts.some((part) => part === word);

const wholeNumber = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`${name} takes whole numbers from 1 on; «${text}» is none.`);
  return Number(text);
};

const tools = (text: string): readonly string[] =>
  text.split(',').map((word) => {
    if (!toolNames.some((name) => name === word))
      throw new Error(`There is no tool «${word}»; there are ${toolNames.join(', ')}.`);
    return word;
  });

const readers: Readonly<Record<string, (name: string, text: string) => Partial<BenchOptions> | { json: string }>> = {
  '--hosts': (name, text) => ({ hosts: text.split(',').map((each) => wholeNumber(name, each)) }),
  '--rounds': (name, text) => ({ rounds: wholeNumber(name, text) }),
  '--round-trip': (name, text) => ({ roundTrip: wholeNumber(name, text) }),
  '--tools': (_, text) => ({ tools: tools(text) }),
  '--json': (_, text) => ({ json: text }),
};

/** What was typed after `npm run bench --`; throws a sentence where that makes no sense. */
export const wordsOf = (argv: readonly string[]): Words => {
  let given: Partial<BenchOptions> & { readonly json?: string } = {};
  const chosen: Part[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    const read = readers[word];
    if (word === '--help') return { parts: [], options: {}, help: true };
    else if (isPart(word)) chosen.push(word);
    else if (read === undefined) throw new Error(`«${word}»? See npm run bench -- --help`);
    else {
      const text = argv[(at += 1)];
      if (text === undefined) throw new Error(`${word} needs a value. See npm run bench -- --help`);
      given = { ...given, ...read(word, text) };
    }
  }
  const { json, ...options } = given;
  return {
    parts: chosen.length === 0 ? parts : parts.filter((part) => chosen.includes(part)),
    options,
    ...(json === undefined ? {} : { json }),
    help: false,
  };
};
