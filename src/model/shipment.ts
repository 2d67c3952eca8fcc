/** One commit, as `git log` tells it. */
export interface CommitInfo {
  readonly hash: string;
  readonly author: string;
  readonly subject: string;
}

/** What a deploy would ship: the way from the live commit to the new one. */
export interface Shipment {
  readonly from: string | undefined;
  readonly to: string;
  readonly ref: string;
  /** Newest first; at most 200. */
  readonly commits: readonly CommitInfo[];
  /** Commits that are live and would go away: the branch was rewound, or another was deployed. */
  readonly undone: readonly CommitInfo[];
  readonly changedFiles: number;
  readonly submodules: readonly { readonly path: string; readonly from: string | undefined; readonly to: string }[];
  /** Paths of added files that look like migrations. */
  readonly migrations: readonly string[];
}
