/**
 * The lines that two texts do not share, in order: `-` only before, `+` only after. For files of a
 * few hundred lines.
 */
export const lineDiff = (before: string, after: string): readonly string[] => {
  const [old, young] = [linesOf(before), linesOf(after)];
  // common[i][j]: how many lines old[i…] and young[j…] share, in order.
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(young.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = young.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined) row[j] = old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const found: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) [i, j] = [i + 1, j + 1];
    else if (j >= young.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) found.push(`-${old[i++] ?? ''}`);
    else found.push(`+${young[j++] ?? ''}`);
  }
  return found;
};

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
