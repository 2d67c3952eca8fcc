/** What each exit status of a run means, as the summary and the docs say it. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done and verified',
  1: 'failed, and every release host is on one known release',
  2: 'a usage, settings or plan problem, and nothing was touched',
  3: 'locked by another run',
  4: 'hosts differ, or one could not be asked',
  5: 'a gate is not open yet; resume later',
  129: 'interrupted by SIGHUP',
  130: 'interrupted by Ctrl-C',
  143: 'interrupted by SIGTERM',
};

/** `exit status 4: hosts differ, or one could not be asked`. */
export const exitStatusText = (status: number): string => {
  const meaning = exitMeanings[status];
  return meaning === undefined ? `exit status ${status}` : `exit status ${status}: ${meaning}`;
};
