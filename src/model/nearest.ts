/** How many letters must be added, dropped, replaced or swapped with their neighbour to make one word the other. */
export const distance = (one: string, two: string): number => {
  const [a, b] = [Array.from(one), Array.from(two)];
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
};

const plain = (word: string): string => word.toLowerCase().replaceAll('-', '_');

/** The candidate that `word` was probably meant to be; undefined when none is close. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const [best] = [...candidates]
    .map((candidate) => ({ candidate, far: distance(plain(word), plain(candidate)) }))
    .filter(({ far }) => far <= limit)
    .sort((one, two) => one.far - two.far);
  return best?.candidate;
};
