/** How a durable step stands on its host; `since` and `at` are seconds since 1970 there. */
export type StepState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'running'; readonly since: number }
  /** `told`: somebody has seen that it failed, so whoever resumes wants another try. */
  | { readonly kind: 'ended'; readonly status: number; readonly at: number; readonly told: boolean }
  | { readonly kind: 'cancelled'; readonly at: number; readonly by: string }
  /** Nobody watches it any more and it has no status; `pids` are what still runs of it. */
  | { readonly kind: 'lost'; readonly since: number; readonly pids: readonly number[] };

/** Reads a state as `status` has it: `running 1763700000`, `ended 1763700000 0`, `lost 1763700000 812 813`. */
export const readStepState = (line: string): StepState => {
  const [kind, moment, ...rest] = line.trim().split(/\s+/);
  const time = Number(moment) || 0;
  switch (kind) {
    case 'running':
      return { kind, since: time };
    case 'ended':
      return { kind, status: Number(rest[0]), at: time, told: rest[1] === 'told' };
    case 'cancelled':
      return { kind, at: time, by: rest.join(' ') };
    case 'lost':
      return { kind, since: time, pids: rest.map(Number) };
    default:
      return { kind: 'absent' };
  }
};
