/**
 * Every path on a host, from one root. releases-layout.md is this file in prose: change both.
 * All paths are absolute except where a name says otherwise.
 */
export interface Layout {
  readonly root: string;
  readonly current: string;
  readonly releases: string;
  readonly shared: string;
  readonly log: string;
  readonly recorded: string;
  readonly mirror: string;
  readonly modules: string;
  readonly lock: string;
  readonly owner: string;
  readonly history: string;
  /** The record of the last publish (model/publish-record.ts). */
  readonly txn: string;
  /** The number of the last run that took the lock; a step of an older one changes nothing. */
  readonly epoch: string;
  /** Held shared by every command that changes something, exclusively by a new run before its first change. */
  readonly work: string;
  /** Held by the keeper of one run; its commands end when it becomes free. */
  alive(run: string): string;
  /** Where a deleted release goes before its files do. */
  readonly trash: string;
  release(id: string): string;
  /** The directory inside a release that belongs to the tool. */
  private(id: string): string;
  /** Where a durable step keeps its lock, status and output. */
  step(id: string, step: string): string;
}

export const layoutAt = (root: string): Layout => ({
  root,
  current: `${root}/current`,
  releases: `${root}/releases`,
  shared: `${root}/shared`,
  log: `${root}/log`,
  recorded: `${root}/RELEASES.txt`,
  mirror: `${root}/.fab/repo.git`,
  modules: `${root}/.fab/modules`,
  lock: `${root}/.fab/lock`,
  owner: `${root}/.fab/owner`,
  history: `${root}/.fab/history.jsonl`,
  txn: `${root}/.fab/txn`,
  epoch: `${root}/.fab/epoch`,
  work: `${root}/.fab/work`,
  alive: (run) => `${root}/.fab/alive-${run}`,
  trash: `${root}/.fab/trash`,
  release: (id) => `${root}/releases/${id}`,
  private: (id) => `${root}/releases/${id}/.fab`,
  step: (id, step) => `${root}/releases/${id}/.fab/steps/${step}`,
});
