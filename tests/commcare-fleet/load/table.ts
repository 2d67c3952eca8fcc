import { isGood } from './nginx-log.ts';
import type { Found } from './proof.ts';

const number = (value: number): string => value.toLocaleString('en');
const clock = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
};

const figures = ({ tally, seconds, logged, accounts, control }: Found): string =>
  aligned([
    ['what', 'how much'],
    ['requests of 8 readers and 2 writers', `${number(tally.requests)} in ${clock(seconds * 1000)}`],
    ['of these slower than 2 s on purpose', number(tally.slow)],
    ['failed, as the clients saw it', number(tally.failures.length)],
    [
      'failed, as nginx logged it',
      `${number(logged.filter((each) => !isGood(each)).length)} of ${number(logged.length)}`,
    ],
    ['begun and never answered, as the application remembers it', number(accounts.cutOff.length)],
    ['slowest', `${tally.slowest.toFixed(1)} s`],
    ['writes acknowledged', number(accounts.acknowledged)],
    ['found in PostgreSQL', number(accounts.rows)],
    ['acknowledged and lost', number(accounts.lost.length)],
    ['celery tasks queued', number(accounts.queued + accounts.exportsBegun)],
    ['done', number(accounts.processed + accounts.exportsDone)],
    ['done more than once', number(accounts.twice.length)],
    ['delivered again, and found done', number(accounts.foundDone)],
    [
      'the control, everything restarted at once',
      `${number(control.failures.length)} failed of ${number(control.requests)}`,
    ],
  ]);

const acts = ({ played }: Found): string =>
  aligned([
    ['meanwhile', 'took', 'requests', 'failed'],
    ...played.map(({ title, seconds, requests, failed }) => [
      title,
      `${seconds.toFixed(0)} s`,
      number(requests),
      number(failed),
    ]),
  ]);

const versions = ({ tally }: Found): string =>
  aligned([
    ['version', 'first seen', 'last seen', 'answers'],
    ...tally.sightings.all.map(({ version, first, last, answers }) => [
      version,
      clock(first),
      clock(last),
      number(answers),
    ]),
  ]);

/** What the proof found, as tables. */
export const tableOf = (found: Found): string => [figures(found), acts(found), versions(found)].join('\n\n');
