const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < one.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to += 1) {
      const change = (row[to] ?? 0) + (one[at] === other[to] ? 0 : 1);
      next.push(Math.min(change, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
};

/** The known name that somebody most likely meant, if one is near enough to be worth saying. */
export const nearest = (typed: string, known: readonly string[]): string | undefined => {
  const wanted = typed.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  let best: { readonly name: string; readonly far: number } | undefined;
  for (const name of known) {
    const candidate = name.toLowerCase();
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const far = distance(wanted, candidate);
    if (far <= limit && (best === undefined || far < best.far)) best = { name, far };
  }
  // `checkout-2` for `feature/checkout-2`: the folder was left out.
  return best?.name ?? known.find((name) => name.toLowerCase().endsWith(`/${wanted}`));
};
