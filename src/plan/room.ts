import { problem, type Problem } from '../model/problem.ts';
import type { HostSurvey } from '../model/survey.ts';

/** Releases grow, and a build needs some room to work in. */
const growth = 1.2;
/** What the mirror takes in for one release: a thin pack, its index, refs. */
const forMirror = { bytes: 16 * 1024 ** 2, inodes: 100 };
/** A release that was begun has what it needs already; its records still want to be written. */
const forRecords = { bytes: 1024 ** 2, inodes: 16 };

/** Refuses a release that will not fit, before anything is written. What was never built has no size to go by. */
export const roomProblems = (
  makers: readonly HostSurvey[],
  { release, environment }: { readonly release: string; readonly environment: string },
): readonly Problem[] => {
  const largest = makers
    .flatMap(({ lastSize }) => (lastSize === undefined ? [] : [lastSize]))
    .reduce<Size | undefined>((most, size) => (most === undefined || size.bytes > most.bytes ? size : most), undefined);
  return makers.flatMap((host) => {
    const last = host.lastSize ?? largest;
    const begun = host.releases.some(({ name }) => name === release);
    const needed = begun
      ? forRecords
      : last === undefined
        ? undefined
        : {
            bytes: Math.ceil(last.bytes * growth) + forMirror.bytes,
            inodes: Math.ceil(last.inodes * growth) + forMirror.inodes,
          };
    return needed === undefined ? [] : lacking(host, needed, environment);
  });
};

interface Size {
  readonly bytes: number;
  readonly inodes: number;
}

const lacking = ({ host, root, disk }: HostSurvey, needed: Size, environment: string): readonly Problem[] => {
  if (disk === undefined) return [];
  const shortOf = [
    ...(disk.freeBytes < needed.bytes
      ? [`needs about ${sizeText(needed.bytes)} in ${root} and ${sizeText(disk.freeBytes)} are free`]
      : []),
    ...(disk.freeInodes < needed.inodes
      ? [`needs about ${needed.inodes} inodes in ${root} and ${disk.freeInodes} are free`]
      : []),
  ];
  return shortOf.length === 0
    ? []
    : [
        problem(`The release will not fit on ${host}: it ${shortOf.join('; it ')}.`, {
          hint: `delete old releases: fab ${environment} clean_releases`,
        }),
      ];
};

const sizeText = (bytes: number): string =>
  bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GiB` : `${Math.ceil(bytes / 1024 ** 2)} MiB`;
