import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const beat = 5_000;
const silentFor = 60_000;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether the holder is gone: a dead process of this machine, or no beat for a minute (another machine, a reused pid). */
const isStale = async (path: string, holder: string): Promise<boolean> => {
  const [machine, pid] = holder.split('\n');
  if (machine === hostname() && pid !== undefined && /^\d+$/.test(pid) && !isAlive(Number(pid))) return true;
  return Date.now() - (await stat(path)).mtimeMs > silentFor;
};

/** Takes the stale file away, unless somebody else has just replaced it by a live one. */
const breakLock = async (path: string, holder: string): Promise<void> => {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside);
  if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
};

const take = async (path: string): Promise<string | undefined> => {
  const mark = `${hostname()}\n${process.pid}\n${randomUUID()}\n`;
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(mark);
  } finally {
    await file.close();
  }
  try {
    // A link, not O_EXCL on the name itself: whoever sees the file sees its owner's name in it.
    await link(draft, path);
    return mark;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, when somebody else holds the lock. */
  readonly onWaiting?: () => void;
}

/**
 * Does `work` while no other process does the same under this path. The lock of a dead process is
 * broken. Safety does not hang on it, git locks its own files: it spares two runs the same download.
 */
export const withLockFile = async <Value>(
  path: string,
  { signal, onWaiting }: LockOptions,
  work: () => Promise<Value>,
): Promise<Value> => {
  let told = false;
  let mark = await take(path);
  while (mark === undefined) {
    signal?.throwIfAborted();
    try {
      const holder = await readFile(path, 'utf8');
      if (await isStale(path, holder)) await breakLock(path, holder);
      else {
        if (!told) onWaiting?.();
        told = true;
        await pause(50 + Math.random() * 100, undefined, signal === undefined ? {} : { signal });
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    mark = await take(path);
  }
  const beating = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, beat);
  beating.unref();
  try {
    return await work();
  } finally {
    clearInterval(beating);
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder === mark) await rm(path, { force: true });
  }
};
