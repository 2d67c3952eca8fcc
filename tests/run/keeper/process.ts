import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { LineSplitter } from '../../../src/session/line-splitter.ts';
import { keeperProgram } from '../../../src/run/keeper/keeper.ts';
import { askLine, readAnswer, type Answer, type Ask } from '../../../src/run/keeper/protocol.ts';
import { environmentFor, shells, type Shell } from '../../shells.ts';

/** A keeper's program with what interprets it. */
export interface Variant {
  readonly name: string;
  readonly tools: Readonly<Record<string, string>>;
  /** For the sh keeper: which sh. */
  readonly shell: Shell | undefined;
}

export const variants: readonly Variant[] = [
  { name: 'perl', tools: { perl: '5' }, shell: undefined },
  { name: 'python3', tools: { python3: '3' }, shell: undefined },
  ...shells.map((shell) => ({ name: shell.name, tools: { flock: 'yes' }, shell })),
];

/** Answers as they are read. */
export const ok = (text = '') => ({ ok: true, text });
export const no = (reason: string, text: unknown = '') => ({ ok: false, reason, text });

/** One keeper as a real process: asked in lines, answered in lines. */
export class KeeperProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** 0 … 255, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  errors = '';
  #over = false;
  readonly #answers: Answer[] = [];
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor({ tools, shell }: Variant, root: string, lease = 15) {
    const words = shell?.words.map((word) => `'${word}'`).join(' ');
    const program = keeperProgram(tools, root, lease);
    const command = words === undefined ? program : program.replace('/bin/sh', () => words);
    this.child = spawn('/bin/sh', ['-c', command], {
      cwd: '/',
      env: shell === undefined ? process.env : environmentFor(shell),
    });
    const lines = new LineSplitter((line) => {
      const answer = readAnswer(line);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#answers.push(answer);
      else waiting(answer);
    });
    this.child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        resolve(code ?? signal ?? 'nothing');
        this.#over = true;
        for (const waiting of this.#waiting.splice(0)) waiting(this.#gone());
      });
    });
  }

  /** The answer that it gives unasked when it has begun. */
  first(): Promise<Answer> {
    return this.#next();
  }

  ask(...words: Ask): Promise<Answer> {
    if (this.#over) return Promise.resolve(this.#gone());
    const answer = this.#next();
    this.child.stdin.write(askLine(words));
    return answer;
  }

  /** Ends its input, as a lost connection does. */
  async hangUp(): Promise<number | string> {
    this.child.stdin.end();
    return this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  #gone(): Answer {
    return { ok: false, reason: 'gone', text: `it ended: ${this.errors}` };
  }

  #next(): Promise<Answer> {
    const early = this.#answers.shift();
    return early === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(early);
  }
}
