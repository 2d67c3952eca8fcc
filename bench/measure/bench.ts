/** What `npm run bench` was asked for. What is not given, each part decides for itself. */
export interface BenchOptions {
  /** How many hosts, one table each. */
  readonly hosts?: readonly number[];
  /** How often each thing is measured. */
  readonly rounds?: number;
  /** Names of the tools to compare. */
  readonly tools?: readonly string[];
  /** Milliseconds that a relay adds to the way to each host and back. */
  readonly roundTrip?: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a part of the bench found out. */
export interface Findings {
  /** Tables and the sentences between them. */
  readonly markdown: string;
  /** Every figure that was measured, one entry per run, for `--json`. */
  readonly figures: Json;
}

/** Tells a person who waits what goes on, one line at a time. */
export type Say = (line: string) => void;

/** A part of the bench: `bench/<part>/command.ts` exports one as `bench`. */
export type Bench = (options: BenchOptions, say: Say) => Promise<Findings>;
