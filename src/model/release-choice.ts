import type { ReleaseId } from './release.ts';

/**
 * Which release a task is about:
 * - `new`: one that the run makes, named after its start, holding one commit;
 * - `current`: the one that is live;
 * - `previous`: the one that was live before (`rollback`), or the one `--to` names;
 * - `none`: the task has nothing to do with releases.
 */
export interface ReleaseChoice {
  readonly kind: 'new' | 'current' | 'previous' | 'none';
  /** Where the commit of a new release comes from: a branch or `--commit`, or the live release. */
  readonly commit?: 'ref' | 'live';
  /** It takes things over from the live release, so there must be one of ours on every release host. */
  readonly needsLive?: boolean;
}

/** A release made by this run from `--branch`, `--commit` or `default_branch`. */
export const newRelease: ReleaseChoice = { kind: 'new', commit: 'ref' };
/** A release made by this run from the commit that is live now. */
export const rebuiltRelease: ReleaseChoice = { kind: 'new', commit: 'live', needsLive: true };
/** A release made by this run with new code over what the live one has. */
export const hotfixRelease: ReleaseChoice = { kind: 'new', commit: 'ref', needsLive: true };
export const currentRelease: ReleaseChoice = { kind: 'current' };
export const previousRelease: ReleaseChoice = { kind: 'previous' };
export const noRelease: ReleaseChoice = { kind: 'none' };

/** What releases.jsonl and `status` say of a release. `live` and `retired` follow from `current`. */
export type ReleaseState = 'building' | 'built' | 'live' | 'retired' | 'failed';

/** `.fab/release.json`: what a release is, written by the engine when it makes and finishes one. */
export interface ReleaseRecord {
  readonly version: 1;
  readonly id: ReleaseId;
  readonly task: string;
  readonly commit: string | null;
  readonly ref: string | null;
  readonly user: string;
  readonly machine: string;
  readonly tool: string;
  readonly createdAt: string;
  readonly state: 'building' | 'built' | 'failed';
  /** Step ids of the task in order: what `--resume` compares. */
  readonly steps: readonly string[];
  /** What the run was asked for, secrets left out. */
  readonly params: Readonly<Record<string, unknown>>;
  /** `skip_record`: published without being recorded as successful. */
  readonly private?: boolean;
  /** What the finished release takes on disk: the next one must fit beside it. */
  readonly size?: { readonly bytes: number; readonly inodes: number };
  /** The tree of the tracked files as they were built, `shared_paths` left out: what a rollback compares. */
  readonly tree?: string;
  /** Names of the migrations that it brought. */
  readonly migrations?: readonly string[];
  /** What `current` was (as the keeper says it) when the release was held ready instead of published. */
  readonly heldOver?: string;
  /** The environment that it was made for. */
  readonly environment?: string;
}
