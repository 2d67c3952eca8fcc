import { quote, shell, type Command, type Console } from '../api.ts';

/**
 * A command in a terminal of its own on the host, as large as the person's. util-linux's `script` makes it; a
 * host without that runs the command as it is. Later changes of the window's size are not passed on.
 */
export const inTerminal = ({ text }: Command, { rows, columns, kind }: Console): Command => {
  const sized = `stty rows ${rows} cols ${columns} 2>/dev/null; exec ${text}`;
  return shell(
    `export TERM=${quote(kind)}; if command -v script >/dev/null 2>&1; then exec script -qfec ${quote(sized)} /dev/null; fi; ${text}`,
  );
};

/** Management commands that are a conversation. */
const conversations = ['shell', 'shell_plus', 'dbshell', 'createsuperuser', 'changepassword'];

export const converses = (words: readonly string[]): boolean => conversations.includes(words[0] ?? '');
