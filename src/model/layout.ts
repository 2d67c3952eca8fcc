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
  /** Held by the keeper of one run; its commands end when it becomes free. */
  alive(run: string): string;
  /** Where a deleted release goes before its files do. */
  readonly trash: string;
  release(id: string): string;
  /** The directory inside a release that belongs to the tool. */
  private(id: string): string;
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
  alive: (run) => `${root}/.fab/alive-${run}`,
  trash: `${root}/.fab/trash`,
  release: (id) => `${root}/releases/${id}`,
  private: (id) => `${root}/releases/${id}/.fab`,
});
