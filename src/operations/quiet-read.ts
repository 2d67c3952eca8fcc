import type { Command, Session } from '../api.ts';

/** What `read` would give, without showing it to the person at the terminal line by line. */
export const quietRead = async (host: Session, command: Command): Promise<string> => {
  const { input, output, done } = await host.open(command);
  input.end();
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  await done;
  return Buffer.concat(chunks).toString('utf8');
};
