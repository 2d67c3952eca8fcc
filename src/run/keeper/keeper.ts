import { quote } from '../../model/command.ts';
import type { HostSurvey } from '../../model/survey.ts';
import { openAhead, start } from '../../session/execute.ts';
import { LineSplitter } from '../../session/line-splitter.ts';
import type { Pace } from '../../session/pace.ts';
import type { As } from '../../session/wrapper.ts';
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
  readonly ask: (...words: Ask) => Promise<Answer>;
  /** Holds bulk data back, so that heartbeats are never far behind it in the same connection. */
  readonly pace: Pace;
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
  /** Seconds without a sign of life after which it lets go, and after which we count it as gone. */
  readonly lease: number;
  /** As whom a command is sure to follow. */
  readonly next?: As | undefined;
  /** Seconds in which it must have begun: sudo may ask a directory that does not answer. */
  readonly beginsWithin?: number;
}

/** perl does the rename without a fork and is essential on Debian; sh needs a fork for it. */
export const keeperProgram = (tools: HostSurvey['tools'], root: string, leaseSeconds: number): string => {
  const at = `${quote(rootArgument(root))} ${leaseSeconds}`;
  if (tools['perl'] !== undefined) return `exec perl -e ${quote(perlKeeper)} ${at}`;
  if (tools['python3'] !== undefined) return `exec python3 -c ${quote(pythonKeeper)} ${at}`;
  return `exec /bin/sh -c ${quote(shellKeeper)} fab-keeper ${at}`;
};

/** @throws CommandFailed or ConnectionLost when it does not start. */
export const startKeeper = async ({
  connection,
  survey,
  sudoUser,
  path,
  lease,
  next,
  beginsWithin = 60,
}: KeeperOptions): Promise<Keeper> => {
  const { channel, output, done } = await start(connection, {
    command: keeperProgram(survey.tools, survey.root, lease),
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
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    answers.close(`it did not begin within ${beginsWithin} seconds`);
    channel.close();
  }, beginsWithin * 1000);
  const opened = await answers
    .next()
    .catch(async (thrown: unknown) => {
      if (!isLate) await done; // Says better why: sudo refused, no such program.
      throw thrown;
    })
    .finally(() => clearTimeout(limit));
  if (!opened.ok) throw new Error(opened.text);
  openAhead(connection, next);
  const ask = asker(channel, answers);
  const beat = async (): Promise<void> => {
    await ask('beat');
  };
  const stop = keepAlive(beat, lease, () => {
    answers.close(`it did not answer for ${lease} seconds`);
    channel.close();
  });
  void gone.then(stop);
  return {
    host: survey.host,
    gone: Promise.race([gone, answers.closed]),
    ask,
    pace: behindHeartbeats(beat),
    end: async () => {
      stop();
      await ender(channel, answers, gone)();
    },
  };
};

/** Five heartbeats in a lease, so that it outlives a few slow ones. */
const beatsPerLease = 5;

/**
 * A heartbeat every few seconds. When none was answered for the length of the lease (the link is cut,
 * or this process itself was stopped), the keeper may have let go: it counts as gone, whatever it says later.
 */
const keepAlive = (beat: () => Promise<void>, lease: number, giveUp: () => void): (() => void) => {
  let answeredAt = Date.now();
  const timer = setInterval(
    () => {
      if (Date.now() - answeredAt > lease * 1000) {
        clearInterval(timer);
        giveUp();
        return;
      }
      const sentAt = Date.now();
      // Counted from the question: the host's own lease began when it heard it, not when we heard the answer.
      beat().then(
        () => (answeredAt = Math.max(answeredAt, sentAt)),
        () => undefined,
      );
    },
    (lease * 1000) / beatsPerLease,
  );
  timer.unref();
  return () => clearInterval(timer);
};

/** Answers come in the order of the questions, so a queue of waiters is enough. */
const answerQueue = () => {
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const early: Answer[] = [];
  let closed: KeeperGone | undefined;
  let tellClosed: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tellClosed = resolve));
  return {
    closed: told,
    give(answer: Answer) {
      if (closed !== undefined) return; // Given up: a late answer must not be taken for that to a later question.
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
      tellClosed();
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

/** What may be under way beyond the last answered heartbeat: two seconds of a line with 1 Mbit/s. */
const bytesAhead = 256 * 1024;

/** Bulk data in full buffers would make heartbeats wait for longer than the lease. */
const behindHeartbeats = (beat: () => Promise<void>): Pace => {
  let ahead = 0;
  let waiting: Promise<void> | undefined;
  return async (bytes) => {
    while (ahead > 0 && ahead + bytes > bytesAhead) {
      waiting ??= beat().then(() => {
        ahead = 0;
        waiting = undefined;
      });
      await waiting;
    }
    ahead += bytes;
  };
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
