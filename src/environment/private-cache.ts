import { createHash } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder for what jiti compiles, one for each Node, in `fabwright/jiti` of the user's cache home, mode 0700. False
 * when it cannot be had for ourselves alone: compiled code that others can write would be run as ours.
 */
export const privateCache = async (): Promise<string | false> => {
  const given = process.env['XDG_CACHE_HOME'] ?? '';
  const all = join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'fabwright', 'jiti');
  const folder = join(all, versionMark());
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid } = await stat(all);
    if (uid !== process.getuid?.()) return false;
    await chmod(all, 0o700);
    return folder;
  } catch {
    return false;
  }
};

const versionMark = (): string => createHash('sha256').update(process.version).digest('hex').slice(0, 8);
