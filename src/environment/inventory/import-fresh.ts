import { chmod, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../model/result.ts';

/** The default export of a TypeScript file, or why it could not be loaded. Runs the file. */
export const importFresh = async (file: string): Promise<Result<unknown, string>> => {
  try {
    const { createJiti } = await import('jiti');
    const jiti = createJiti(import.meta.url, { fsCache: await privateCache(), moduleCache: false });
    return ok(await jiti.import(resolve(file), { default: true }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

/**
 * The folder for compiled files: `fabwright/jiti` in the user's cache home, mode 0700. False when it
 * cannot be had for ourselves alone; compiled code that others can write would be run as ours.
 */
const privateCache = async (): Promise<string | false> => {
  const given = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'fabwright', 'jiti');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid } = await stat(folder);
    if (uid !== process.getuid?.()) return false;
    await chmod(folder, 0o700);
    return folder;
  } catch {
    return false;
  }
};
