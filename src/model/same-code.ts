/** The tracked files of a release on one host, as they were built there. */
export interface Built {
  readonly host: string;
  /** All groups of the host: hosts that have the same ones must have built the same. */
  readonly groups: readonly string[];
  /** What stands for the tracked files without what is shared: their tree; undefined where a release holds no code. */
  readonly tree: string | undefined;
  /** Tracked files that the build has changed, as git tells them: equal text, equal files. */
  readonly changed: readonly string[];
}

/**
 * Hosts that stand in for each other must serve the same code: part of what is verified before anything is
 * published. @returns one sentence for each pair that differs, with the host that it is told of.
 */
export const unequal = (built: readonly Built[]): readonly { readonly host: string; readonly sentence: string }[] => {
  const first = new Map<string, Built>();
  return built.flatMap((one) => {
    const kind = [...one.groups].sort().join(' ');
    const other = first.get(kind);
    if (other === undefined) first.set(kind, one);
    return other === undefined || other.tree === one.tree ? [] : [{ host: one.host, sentence: differ(other, one) }];
  });
};

const differ = (one: Built, other: Built): string =>
  `${one.host} and ${other.host} have the same groups and built different tracked files: ${listed(one)} and ${listed(other)}.`;

const listed = ({ changed }: Built): string => `«${changed.length === 0 ? 'none changed' : changed.join('\n')}»`;
