/** One run of jest: which tests a mutant must make fail. */
export interface Ask {
  /** As people read it. */
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The suites, narrowed to what the mutants are about: each is run once without any mutant, too. */
export const asksOf = () => ({
  /** The real engine on simulated hosts, until a schedule breaks a promise. */
  schedules: {
    name: 'simulation',
    words: ['tests/mutants/schedules.test.ts'],
    environment: { FAB_SCHEDULES: '2000' },
  } satisfies Ask,
  /** The reader of tests/faults/reader, on the keeper that hosts with perl use. */
  reader: unit('tests/faults/reader/reader.test.ts', 'while the keeper in perl publishes'),
  unit,
  /** Slow elsewhere because a lease has to run out; seconds, for one interpreter. */
  lease: (title: string): Ask => ({
    name: `run/keeper/lease: ${title}`,
    words: ['tests/run/keeper/lease.slow.test.ts', '-t', title, '--testTimeout=15000'],
    environment: { FAB_TEST_KIND: 'slow' },
  }),
});

const unit = (file: string, title?: string): Ask => ({
  name: `${file.replace(/^tests\/(.*?)(?:\.slow)?\.test\.ts$/, '$1')}${title === undefined ? '' : `: ${title.replace('.* ', ' ')}`}`,
  words: title === undefined ? [file] : [file, '-t', title],
  environment: file.includes('.slow.') ? { FAB_TEST_KIND: 'slow' } : {},
});
