/** Whose time it is: a stopped controller's waits, the hosts' goes on. */
type Side = 'controller' | 'host';

interface Due {
  at: number;
  readonly order: number;
  readonly side: Side;
  readonly act: () => void;
  cancelled: boolean;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  Date: globalThis.Date,
};

/** No schedule takes a day; one that does waits for something while its heartbeats go on. */
const longest = 86_400_000;

const beginning = real.Date.UTC(2026, 10, 20, 12, 0, 0);

/**
 * Time that passes only from one event to the next. While it is installed, the timers and the dates of
 * the code under test are its own: no schedule waits, and each runs the same way every time.
 */
export class Clock {
  #now = beginning;
  #order = 0;
  readonly #queue: Due[] = [];
  #stoppedUntil = 0;

  get now(): number {
    return this.#now;
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#now - beginning;
  }

  after(milliseconds: number, side: Side, act: () => void): () => void {
    const due: Due = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, side, act, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  }

  /** Nothing happens in the controller for so long, as after a SIGSTOP. */
  stopController(milliseconds: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#now + milliseconds);
  }

  /** Lets events happen until the work has ended. @throws Error when nothing is left that could end it. */
  async run<T>(work: Promise<T>): Promise<T> {
    const progress: { over: boolean } = { over: false };
    const finish = (): void => {
      progress.over = true;
    };
    work.then(finish, finish);
    await quiet();
    while (!progress.over) {
      const side = this.#next();
      if (side === undefined) throw new Error('the run waits for something that will never happen');
      if (this.elapsed > longest) throw new Error('the run has not ended after a day');
      if (side === 'controller') await quiet();
    }
    return work;
  }

  /** Lets everything happen that is due until then. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined || first.at > until) break;
      if (this.#next() === 'controller') await quiet();
    }
    this.#now = Math.max(this.#now, until);
  }

  install(): void {
    const at = (act: () => void, milliseconds = 0) => handle(this.after(milliseconds, 'controller', act));
    const every = (act: () => void, milliseconds = 0) => {
      let cancel = (): void => undefined;
      const again = (): void => {
        cancel = this.after(milliseconds, 'controller', () => {
          again();
          act();
        });
      };
      again();
      return handle(() => cancel());
    };
    const stop = (timer: Timer | undefined): void => timer?.cancel();
    const nowOf = (): number => this.#now;
    class VirtualDate extends real.Date {
      constructor(...given: [] | [number | string | Date]) {
        super(...((given.length === 0 ? [nowOf()] : given) as [number]));
      }
      static override now(): number {
        return nowOf();
      }
    }
    Object.assign(globalThis, {
      setTimeout: at,
      clearTimeout: stop,
      setInterval: every,
      clearInterval: stop,
      Date: VirtualDate,
    });
  }

  uninstall(): void {
    Object.assign(globalThis, real);
  }

  #next(): Side | undefined {
    for (;;) {
      const due = this.#pop();
      if (due === undefined) return undefined;
      if (due.cancelled) continue;
      if (due.side === 'controller' && due.at < this.#stoppedUntil) {
        due.at = this.#stoppedUntil;
        this.#push(due);
        continue;
      }
      this.#now = due.at;
      due.act();
      return due.side;
    }
  }

  // A binary heap: what is due first stands first.
  #push(due: Due): void {
    const queue = this.#queue;
    let at = queue.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(due, queue[above]!)) break;
      queue[at] = queue[above]!;
      at = above;
    }
    queue[at] = due;
  }

  #pop(): Due | undefined {
    const queue = this.#queue;
    const [first] = queue;
    const last = queue.pop();
    if (first === undefined || last === undefined || queue.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= queue.length) break;
      const smaller = left + 1 < queue.length && isBefore(queue[left + 1]!, queue[left]!) ? left + 1 : left;
      if (!isBefore(queue[smaller]!, last)) break;
      queue[at] = queue[smaller]!;
      at = smaller;
    }
    queue[at] = last;
    return first;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

interface Timer {
  cancel(): void;
  unref(): Timer;
  ref(): Timer;
}

const handle = (cancel: () => void): Timer => {
  const timer: Timer = { cancel, unref: () => timer, ref: () => timer };
  return timer;
};

/** Until every promise and every stream has gone as far as it can without time. */
const quiet = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve));
