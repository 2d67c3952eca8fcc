/** What the live board needs of a terminal; `process.stdout` is made one in cli/. */
export interface Terminal {
  /** Read again at every redraw. */
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Calls back after the size has changed; returns how to stop listening. */
  onResize(changed: () => void): () => void;
}

/** Time, injected so that tests decide when it passes. */
export interface Clock {
  /** Milliseconds since 1970, the same time that events carry. */
  now(): number;
  /** Calls back once, later; returns how to call it off. */
  after(milliseconds: number, call: () => void): () => void;
}

/** The machine's own clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A stream that says that it is a terminal, as a Terminal. */
export const terminalOf = (stream: NodeJS.WriteStream): Terminal => ({
  // Some pseudo-terminals say 0 until somebody looks at them.
  get columns() {
    return stream.columns || 80;
  },
  get rows() {
    return stream.rows || 24;
  },
  write: (text) => void stream.write(text),
  onResize: (changed) => {
    stream.on('resize', changed);
    return () => stream.off('resize', changed);
  },
});
