import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePack, usableBases, type Pack } from './pack.ts';
import type { Repository } from './repository.ts';
import { scratchFolder } from './scratch-folder.ts';

/** The packs of one run: one per commit and set of bases, however many hosts want it. */
export interface PackCache {
  /** The pack that brings `commit` to a host that advertised these objects. */
  get(repository: Repository, commit: string, advertised: readonly string[]): Promise<Pack>;
  /** How many packs were made. */
  readonly made: number;
  /** Removes the files. Nothing can be asked for afterwards. */
  dispose(): Promise<void>;
}

export interface PackCacheOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** Answers each key once, and again after a failure. */
const once = <Value>(answers: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> => {
  const known = answers.get(key);
  if (known !== undefined) return known;
  const made = make();
  answers.set(key, made);
  made.catch(() => answers.delete(key));
  return made;
};

export const packCache = ({ signal, onProgress }: PackCacheOptions = {}): PackCache => {
  const bases = new Map<string, Promise<readonly string[]>>();
  const packs = new Map<string, Promise<Pack>>();
  const watch = { signal, onProgress };
  let folder: Promise<string> | undefined;
  let made = 0;
  let disposed = false;
  return {
    get made() {
      return made;
    },
    async get(repository, commit, advertised) {
      const { directory } = repository;
      const there = [...new Set(advertised)].sort();
      const usable = await once(bases, [directory, ...there].join('\n'), () => usableBases(repository, there, watch));
      return once(packs, [directory, commit, ...usable].join('\n'), async () => {
        // A delivery that was given up may come this far later than the run's end.
        if (disposed) throw new Error('The packs of this run are gone.');
        folder ??= scratchFolder();
        const path = join(await folder, `${(made += 1)}.pack`);
        return makePack(repository, { commit, bases: usable, path }, watch);
      });
    },
    async dispose() {
      disposed = true;
      await Promise.allSettled(packs.values());
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
      folder = undefined;
      packs.clear();
    },
  };
};
