import { randomUUID } from 'node:crypto';
import { quote, shell, type Command, type Console, type Session, type WindowSize } from '../api.ts';

/**
 * Runs a command in a terminal of its own on the host, as large as the person's, and lends it theirs. util-linux's
 * `script` makes it; a host without that runs the command as it is.
 */
export const converse = async (host: Session, command: Command, console: Console): Promise<void> => {
  const mark = randomUUID();
  await console.lend(await host.open(inTerminal(command, console, mark)), follower(host, mark));
};

/** `mark` is how the terminal is found again: whoever has it for a variable runs in it. */
const inTerminal = ({ text }: Command, { rows, columns, kind }: Console, mark: string): Command => {
  const sized = `export FAB_TERMINAL=${mark}; stty rows ${rows} cols ${columns} 2>/dev/null; exec ${text}`;
  return shell(
    `export TERM=${quote(kind)}; if command -v script >/dev/null 2>&1; then exec script -qfec ${quote(sized)} /dev/null; fi; ${text}`,
  );
};

/** Passes the newest size on; those that come while one is on its way are skipped. One that fails changes nothing. */
const follower = (host: Session, mark: string): ((size: WindowSize) => void) => {
  let wanted: WindowSize | undefined;
  let busy = false;
  const follow = async (): Promise<void> => {
    busy = true;
    for (let size = wanted; size !== undefined; size = wanted) {
      wanted = undefined;
      await host.test(resized(mark, size)).catch(() => false);
    }
    busy = false;
  };
  return (size) => {
    wanted = size;
    if (!busy) void follow();
  };
};

/** The kernel tells whoever runs in a terminal of its new size. */
const resized = (mark: string, { rows, columns }: WindowSize): Command =>
  shell(`for process in $(grep -ls FAB_TERMINAL=${mark} /proc/[0-9]*/environ); do
  terminal=$(readlink "\${process%environ}fd/0")
  case $terminal in /dev/pts/*) exec stty -F "$terminal" rows ${rows} cols ${columns};; esac
done
false`);

/** Management commands that are a conversation. */
const conversations = ['shell', 'shell_plus', 'dbshell', 'createsuperuser', 'changepassword'];

export const converses = (words: readonly string[]): boolean => conversations.includes(words[0] ?? '');
