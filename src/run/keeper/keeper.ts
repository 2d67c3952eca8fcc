import { quote } from '../../model/command.ts';
import type { HostSurvey } from '../../model/survey.ts';
import { start } from '../../session/execute.ts';
import { LineSplitter } from '../../session/line-splitter.ts';
import type { Channel, Connection } from '../../transport/transport.ts';
import { perlKeeper } from './perl.ts';
import { pythonKeeper } from './python.ts';
import { askLine, readAnswer, rootArgument, type Answer, type Ask } from './protocol.ts';
import { shellKeeper } from './shell.ts';

/** Thrown by `ask` when the keeper is gone: its locks are free and it can do nothing more. */
export class KeeperGone extends Error {
  override readonly name = 'KeeperGone';
}

/**
 * The held process of one run on one host: it has the locks, keeps the record, and does the rename
 * itself. Whoever renames holds the lock.
 */
export interface Keeper {
  readonly host: string;
  /** What `look` said when it began. */
  readonly first: string;
  readonly ask: (...words: Ask) => Promise<Answer>;
  /** Resolves when it has ended, wanted or not. */
  readonly gone: Promise<void>;
  /** Lets go of everything. */
  readonly end: () => Promise<void>;
}

export interface KeeperOptions {
  readonly connection: Connection;
  readonly survey: Pick<HostSurvey, 'host' | 'root' | 'tools'>;
  readonly sudoUser: string | undefined;
  readonly path: readonly string[];
}

/** perl does the rename without a fork and is essential on Debian; sh needs a fork for it. */
export const keeperProgram = (tools: HostSurvey['tools'], root: string): string => {
  const at = quote(rootArgument(root));
  if (tools['perl'] !== undefined) return `exec perl -e ${quote(perlKeeper)} ${at}`;
  if (tools['python3'] !== undefined) return `exec python3 -c ${quote(pythonKeeper)} ${at}`;
  return `exec /bin/sh -c ${quote(shellKeeper)} fab-keeper ${at}`;
};

/** @throws CommandFailed or ConnectionLost when it does not start. */
export const startKeeper = async ({ connection, survey, sudoUser, path }: KeeperOptions): Promise<Keeper> => {
  const { channel, output, done } = await start(connection, {
    command: keeperProgram(survey.tools, survey.root),
    user: sudoUser,
    path,
    variables: {},
    // A run ends its keepers by asking them; aborting is for commands.
    signal: new AbortController().signal,
  });
  const answers = answerQueue();
  const lines = new LineSplitter((line) => answers.give(readAnswer(line)));
  output.on('data', (chunk: Buffer) => lines.push(chunk));
  const gone = done.then(
    () => answers.close('it ended'),
    (thrown: unknown) => answers.close((thrown as Error).message),
  );
  const opened = await answers.next().catch(async (thrown: unknown) => {
    await done; // Says better why: sudo refused, no such program.
    throw thrown;
  });
  if (!opened.ok) throw new Error(opened.text);
  return {
    host: survey.host,
    first: opened.text,
    gone,
    ask: asker(channel, answers),
    end: ender(channel, answers, gone),
  };
};

/** Answers come in the order of the questions, so a queue of waiters is enough. */
const answerQueue = () => {
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const early: Answer[] = [];
  let closed: KeeperGone | undefined;
  return {
    give(answer: Answer) {
      const waiter = waiting.shift();
      if (waiter === undefined) early.push(answer);
      else waiter.resolve(answer);
    },
    next: (): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const ready = early.shift();
        if (ready !== undefined) resolve(ready);
        else if (closed !== undefined) reject(closed);
        else waiting.push({ resolve, reject });
      }),
    close(why: string) {
      closed ??= new KeeperGone(why);
      for (const { reject } of waiting.splice(0)) reject(closed);
    },
  };
};

type Answers = ReturnType<typeof answerQueue>;

const asker =
  (channel: Channel, answers: Answers): Keeper['ask'] =>
  (...words) => {
    const answer = answers.next();
    channel.input.write(askLine(words));
    return answer;
  };

const patience = 2000;

const ender =
  (channel: Channel, answers: Answers, gone: Promise<void>): Keeper['end'] =>
  async () => {
    const said = answers.next().catch(() => undefined);
    channel.input.end(askLine(['end']));
    await Promise.race([Promise.all([said, gone]), new Promise((resolve) => setTimeout(resolve, patience).unref())]);
    channel.close();
  };
