import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { expect } from '@jest/globals';
import { agrees, correct, masked, type Section, type Typed } from './page.ts';
import { openPlace, type Place } from './place.ts';
import { asIfToBePublished, releasesOn, switchOn } from './plant.ts';
import type { State } from './states.ts';
import type { FleetOptions } from '../fleet/index.ts';

const updates = process.env['UPDATE_DOCS'] === '1';

/** A place with what states begin with laid by. */
export const openReady = async (
  options: FleetOptions,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Place> => {
  const place = await openPlace(options, {
    build: ['while [ -e ~/slow ]; do sleep 0.1; done'],
    before_publish: ['test ! -e ~/refuse'],
    restart: ['test ! -e ~/refuse-restart'],
    ...settings,
  });
  const done = async (line: string, status = 0): Promise<void> => {
    const answered = await place.type(line);
    if (answered.status !== status) throw new Error(answered.lines.join('\n'));
  };
  place.keep('nothing');
  for (let count = 0; count < 2; count += 1) await done('fab production deploy');
  place.keep('two');
  switchOn(place, 'refuse');
  await done('fab production deploy', 1);
  switchOn(place, 'refuse', false);
  place.keep('unfinished');
  place.putBack('two');
  await done('fab production deploy --hold');
  asIfToBePublished(place, releasesOn(place)[2] ?? '');
  place.keep('complete');
  return place;
};

/** Brings the state about, types what the page says, and looks whether it prints that and ends well. */
export const follow = async (place: Place, section: Section, state: State): Promise<void> => {
  place.putBack(state.on);
  await state.plant?.(place);
  let before: readonly string[] = [];
  for (const [index, each] of section.typed.entries()) {
    await state.meanwhile?.[index]?.(place);
    const { status, lines } = await place.type(asMeant(each, before, place));
    const printed = lines.map((line) => readable(line, place));
    check(section, index, printed);
    expect({ line: each.line, status }).toEqual({ line: each.line, status: state.ends[index] });
    before = printed;
  }
  await state.meanwhile?.[section.typed.length]?.(place);
  await expectWhole(place, state);
};

const check = (section: Section, index: number, printed: readonly string[]): void => {
  const said = section.typed[index]?.printed ?? [];
  if (agrees(printed, said)) return;
  if (updates) return correct(section, index, section.title === 'Whole' ? trimmed(printed) : gist(printed));
  expect(printed.map(masked)).toEqual(said.map(masked));
  throw new Error('the same lines, and yet they do not agree');
};

const trimmed = (lines: readonly string[]): readonly string[] => lines.join('\n').trim().split('\n');

/** What somebody wants to read of it: how a run ended; of `status`, its sentences, and the table if that says more. */
const gist = (printed: readonly string[]): readonly string[] => {
  const lines = trimmed(printed);
  const end = lines.findIndex((line) => /^[✓✗–] \w+ on (production|staging)/.test(line));
  if (end >= 0) return ['…', ...lines.slice(end, lines.indexOf('', end)), '…'];
  const table = lines.findIndex((line) => line.startsWith('HOST '));
  const column = lines[table]?.indexOf('NOTES') ?? -1;
  const saysMore = lines.slice(table + 1).some((line) => line.length > column || line.includes(' a '));
  return table < 0 || saysMore ? lines : [...trimmed(lines.slice(0, table)), '…'];
};

/** The page has a release of its own in such a line; what is typed is what `status` has just said, or the live one. */
const asMeant = ({ line }: Typed, before: readonly string[], place: Place): string => {
  const said = before.flatMap((text) => [...text.matchAll(/`(fab [^`]*)`/g)].map(([, command = '']) => command));
  const found = said.find((command) => line.startsWith(command) || masked(line).startsWith(masked(command)));
  const release = /\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d/;
  const meant = release.exec(found ?? '')?.[0] ?? lastNamed(before) ?? place.current('web1') ?? '';
  return line.replace(release, meant);
};

const lastNamed = (lines: readonly string[]): string | undefined =>
  lines.flatMap((line) => /--resume (\S+?)`/.exec(line)?.[1] ?? []).at(-1);

/** As somebody would write it down: without this machine's folders, names and ports. */
const readable = (line: string, place: Place): string =>
  place.hosts
    .reduce((text, host) => text.replaceAll(place.fleet.host(host).home, '~'), line)
    .replaceAll(place.environments, 'environments')
    .replaceAll(`${userInfo().username} on ${hostname()}`, 'ana on laptop')
    .replace(/\[127\.0\.0\.(\d+)\]:\d+/g, '10.0.0.$1')
    .replace(/127\.0\.0\.(\d+):\d+/g, '10.0.0.$1:22')
    .replace(/port \d+/g, 'port 22');

/** All hosts show one release, the same there, and nothing of a run is left. */
const expectWhole = async (place: Place, { on }: State): Promise<void> => {
  const { status, lines } = await place.type('fab production status');
  expect({ status, first: masked(lines[0] ?? '') }).toEqual({
    status: 0,
    first: 'production: all 3 hosts on RELEASE.',
  });
  expect(lines.join('\n')).not.toMatch(/locked|interrupted|DIFFER/);
  const shown = place.hosts.map((host) => readlinkSync(place.path(host, 'current')));
  expect(new Set(shown).size).toBe(1);
  const complete = place.hosts.map((host) => readFileSync(place.path(host, 'current/version.txt'), 'utf8'));
  expect(new Set(complete).size).toBe(1);
  for (const host of place.hosts)
    expect(readdirSync(place.path(host, '.fab')).filter((name) => /^(next|alive|begin)/.test(name))).toEqual([]);
  if (on !== 'nothing') expect(existsSync(place.path('web1', 'RELEASES.txt'))).toBe(true);
};
