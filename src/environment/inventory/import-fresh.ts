import { resolve } from 'node:path';
import { fail, ok, type Result } from '../../model/result.ts';
import { privateCache } from '../private-cache.ts';

/** The default export of a TypeScript file, or why it could not be loaded. Runs the file. */
export const importFresh = async (file: string): Promise<Result<unknown, string>> => {
  try {
    const { createJiti } = await import('jiti');
    const jiti = createJiti(import.meta.url, { fsCache: await privateCache(), moduleCache: false });
    return ok(await jiti.import(resolve(file), { default: true }));
  } catch (error) {
    return fail((error as Partial<Error> | undefined)?.message ?? String(error));
  }
};
