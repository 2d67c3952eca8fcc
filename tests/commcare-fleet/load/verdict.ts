import { isGood } from './nginx-log.ts';
import { requestsAsked, type Found } from './proof.ts';

/** What speaks against the promise, one sentence each; none where it holds. */
export const objections = ({ tally, logged, accounts, control }: Found): readonly string[] => {
  const bad = logged.filter((each) => !isGood(each));
  const tasks = { queued: accounts.queued, processed: accounts.processed };
  return [
    ...tally.failures.map(({ at, line, what }) => `${new Date(at).toISOString()} ${line}: ${what}`),
    ...bad.map(({ at, status, request }) => `nginx, ${new Date(at * 1000).toISOString()}: ${status} to ${request}`),
    ...accounts.cutOff.map((line) => `never answered: ${line}`),
    ...accounts.twice.map((line) => `done more than once: ${line}`),
    ...accounts.lost.map((id) => `acknowledged and lost: ${id}`),
    ...differing("requests and lines in nginx's log", tally.requests, logged.length),
    ...differing('rows and acknowledged writes', accounts.rows, accounts.acknowledged),
    ...differing('rows and queued tasks', accounts.rows, tasks.queued),
    ...differing('queued and done tasks', tasks.queued, tasks.processed),
    ...differing('exports begun and done', accounts.exportsBegun, accounts.exportsDone),
    ...differing('tasks that never ended', accounts.unended, 0),
    ...(tally.requests < requestsAsked ? [`only ${tally.requests} requests`] : []),
    ...(tally.slow / tally.requests < 0.045 ? [`only ${tally.slow} requests were slow`] : []),
    ...(control.failures.length === 0 ? ['the control shows no failure: these clients notice nothing'] : []),
  ];
};

const differing = (what: string, one: number, other: number): readonly string[] =>
  one === other ? [] : [`${what}: ${one}, ${other}`];
