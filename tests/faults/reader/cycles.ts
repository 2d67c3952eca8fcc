import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseId } from '../../../src/model/release.ts';
import { releaseIdAt } from '../../../src/model/release-name.ts';
import type { Publisher } from './publishers.ts';
import type { Reader } from './reader.ts';

/** How many releases stay besides the live one. */
const kept = 4;

/** A root whose releases follow each other as fast as they can be published. */
export class Cycles {
  readonly root: string;
  #made = 0;
  #live: ReleaseId;

  constructor(root: string) {
    this.root = root;
    mkdirSync(join(root, '.fab'), { recursive: true });
    this.#live = this.#build();
    symlinkSync(`releases/${this.#live}`, join(root, 'current'));
  }

  /** Deploy, go back, deploy again, clean; every other time the first try is undone. */
  async run(publisher: Publisher, readers: readonly Reader[], count: number, until = Infinity): Promise<number> {
    let done = 0;
    for (; done < count && Date.now() < until; done += 1) {
      const before = this.#live;
      const id = this.#build();
      if (done % 2 === 1) await publisher.undone?.(id);
      await publisher.publish(id);
      await publisher.publish(before);
      await publisher.publish(id);
      this.#live = id;
      await this.#clean(publisher, readers);
    }
    return done;
  }

  #build(): ReleaseId {
    const id = releaseIdAt(new Date(Date.UTC(2026, 0, 1) + (this.#made += 1) * 1000));
    const folder = join(this.root, 'releases', id);
    mkdirSync(folder, { recursive: true });
    // Two files of one release hold the same line: a reader knows a mixed tree by it.
    for (const name of ['other', 'version']) writeFileSync(join(folder, name), `${id}\n`);
    return id;
  }

  async #clean(publisher: Publisher, readers: readonly Reader[]): Promise<void> {
    const used = readers.map(({ directory }) => directory);
    const old = readdirSync(join(this.root, 'releases'))
      .sort()
      .slice(0, -1 - kept) as ReleaseId[];
    for (const id of old) {
      if (used.some((directory) => directory.endsWith(`/releases/${id}`))) continue;
      await publisher.away(id);
      rmSync(join(this.root, '.fab/trash', id), { recursive: true });
      if (existsSync(join(this.root, 'releases', id))) throw new Error(`${id} is still there after cleaning`);
    }
  }
}
