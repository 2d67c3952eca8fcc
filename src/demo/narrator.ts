/** Thrown when an act did not end as it must. Its sentences have been said. */
export class ActFailed extends Error {
  override readonly name = 'ActFailed';
  readonly status: number;
  constructor(sentences: readonly string[], status = 1) {
    super(sentences.join('\n'));
    this.status = status;
  }
}

/** Tells the demo's story: acts with a number, lines, and how long each act took. */
export interface Narrator {
  readonly act: <Answer>(title: string, play: () => Promise<Answer>) => Promise<Answer>;
  readonly line: (text: string) => void;
}

/** A narrator that writes lines with `write`. */
export const createNarrator = (write: (line: string) => void): Narrator => {
  let acts = 0;
  return {
    line: (text) => write(text === '' ? '' : `   ${text}`),
    act: async (title, play) => {
      const started = performance.now();
      write('');
      write(`${++acts}. ${title}`);
      const answer = await play();
      write(`   (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      return answer;
    },
  };
};
