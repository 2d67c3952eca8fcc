import { ConnectionFailed } from './errors.ts';

/**
 * Channels open at once on one connection, counting those that open and those that close. A stock
 * sshd allows 10 and frees one later than it says so: windows of 8 were refused, 4 never.
 */
export const channelsPerConnection = 4;

/** Linux takes no single argument above 128 KiB, and the login shell gets the command as one. */
const longestCommand = 127 * 1024;

/** @throws ConnectionFailed for a command that no host could be given. */
export const checkCommand = (command: string, host: string): void => {
  if (command.includes('\0'))
    throw new ConnectionFailed(
      'configuration',
      `A command for ${host} contains a NUL character, which no shell takes.`,
    );
  const length = Buffer.byteLength(command);
  if (length > longestCommand)
    throw new ConnectionFailed(
      'configuration',
      `A command for ${host} is ${length} bytes long; hosts take ${longestCommand} at most.`,
      'Send the long part on standard input, or as a file.',
    );
};
