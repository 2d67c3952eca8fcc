/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The middle of the values, or the mean of the two in the middle; NaN where there are none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
};

/** Nothing where there are no values. */
export const spreadOf = (values: readonly number[]): Spread | undefined =>
  values.length === 0 ? undefined : { median: median(values), least: Math.min(...values), most: Math.max(...values) };

/** One median as a multiple of another; nothing where either is missing. */
export const ratio = (one: Spread | undefined, other: Spread | undefined): number | undefined =>
  one === undefined || other === undefined || other.median === 0 ? undefined : one.median / other.median;

/** A straight line through points by least squares: `y = base + slope * x`. */
export const lineThrough = (
  points: readonly (readonly [x: number, y: number])[],
): { readonly base: number; readonly slope: number } => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, level] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
  const together = points.reduce((sum, [x, y]) => sum + (x - middle) * (y - level), 0);
  const slope = together / spread;
  return { base: level - slope * middle, slope };
};
