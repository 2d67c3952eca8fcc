/**
 * How much of a proof is carried out: `npm run proof` does all of it, `.ci/run` a part of it on every
 * change (`FAB_PART=0.1`). The shares are drawn from the same seeds, so a part never tests something else.
 */
const part = Number(process.env['FAB_PART'] ?? 1);

/** So many of `all`, at least `least`. */
export const share = (all: number, least = 1): number => Math.max(least, Math.round(all * part));

/** Whether everything is asked for: what a part cannot be expected to meet is checked only then. */
export const isWhole = part >= 1;
