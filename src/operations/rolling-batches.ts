/** How a web worker answered before its restart. */
export type WorkerState =
  /** Its health page is as it should be. */
  | 'well'
  /** Something answers, wrongly or too late: it may serve users all the same. */
  | 'sick'
  /** Nobody listens: nothing is lost by restarting it. */
  | 'down';

export interface Worker {
  readonly host: string;
  readonly state: WorkerState;
}

/** Workers that stand in for each other: an upstream of the balancer. */
export interface WorkerGroup {
  readonly name: string;
  /** All there are, also those that this run does not reach. */
  readonly hosts: readonly string[];
}

/** `2`, or `25%` of each group. */
export type BatchSize = number | `${number}%`;

/**
 * Workers in the order in which they restart. First those that are down: nobody misses them, and once they
 * are back there are more to stand in for the rest; then those that answer wrongly, then the others. Of a
 * group never more at a time than `batch` less the workers that are missing from it anyway, and never
 * all of it while there are two.
 */
export const restartBatches = (
  workers: readonly Worker[],
  groups: readonly WorkerGroup[],
  batch: BatchSize,
): readonly (readonly string[])[] => {
  const of = (state: WorkerState): readonly string[] =>
    workers.filter((each) => each.state === state).map(({ host }) => host);
  const most = new Map(groups.map((group) => [group.name, mostOf(group, workers, batch)]));
  const batches: string[][] = [];
  let left = [...of('sick'), ...of('well')];
  while (left.length > 0) {
    const next: string[] = [];
    for (const host of left) {
      const fits = groups
        .filter(({ hosts }) => hosts.includes(host))
        .every(({ name, hosts }) => next.filter((each) => hosts.includes(each)).length < (most.get(name) ?? 1));
      if (fits) next.push(host);
    }
    batches.push(next);
    left = left.filter((host) => !next.includes(host));
  }
  return [of('down'), ...batches].filter((each) => each.length > 0);
};

const mostOf = ({ hosts }: WorkerGroup, workers: readonly Worker[], batch: BatchSize): number => {
  const away = hosts.filter((host) => !workers.some((each) => each.host === host)).length;
  const size = typeof batch === 'number' ? batch : Math.floor((Number.parseInt(batch, 10) * hosts.length) / 100);
  return Math.max(1, Math.min(Math.max(1, size) - away, hosts.length - away - 1));
};

/** Groups as commcare-cloud splits its web workers; the rest stand in for each other. */
const split = ['hq_webworkers', 'mobile_webworkers', 'api_webworkers'];

export const workerGroups = (
  groups: Readonly<Record<string, readonly string[]>>,
  web: readonly string[],
): readonly WorkerGroup[] => {
  const named = split.flatMap((name): readonly WorkerGroup[] => {
    const hosts = (Object.hasOwn(groups, name) ? (groups[name] ?? []) : []).filter((host) => web.includes(host));
    return hosts.length === 0 ? [] : [{ name, hosts }];
  });
  const rest = web.filter((host) => !named.some(({ hosts }) => hosts.includes(host)));
  return rest.length === 0 ? named : [...named, { name: 'webworkers', hosts: rest }];
};
