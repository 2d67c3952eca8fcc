import { releaseInLink } from '../model/release.ts';
import type { ReleaseRecord } from '../model/release-choice.ts';
import { linkIn } from './keeper/held-state.ts';
import type { Keeper } from './keeper/keeper.ts';
import type { Standing } from './outcome.ts';
import { surveyOf, type RunState } from './state.ts';

/** Asks every release host what `current` shows, on the host itself, at the end of the run. */
export const readBack = async (state: RunState): Promise<Readonly<Record<string, Standing>>> => {
  const { plan, keepers } = state;
  if (plan.releaseHosts.length === 0) return {};
  state.emit({ type: 'phase', name: 'read back', detail: `${plan.releaseHosts.length} hosts` });
  const answers = await Promise.all(
    plan.releaseHosts.map(async (host) => [host, await standingOn(keepers.get(host), state)] as const),
  );
  return Object.fromEntries(answers);
};

/** Where the survey saw them, for a run that could not lock one of them: where that one stands, nobody knows. */
export const asSurveyed = (
  state: RunState,
  unknown: { readonly host: string; readonly sentence: string },
): Readonly<Record<string, Standing>> =>
  Object.fromEntries(
    state.plan.releaseHosts.map((host): [string, Standing] => {
      const { current, releases } = surveyOf(state, host);
      if (host === unknown.host) return [host, { kind: 'unknown', why: unknown.sentence }];
      switch (current.kind) {
        case 'absent':
          return [host, { kind: 'absent' }];
        case 'release': {
          const record = releases.find(({ name }) => name === current.id)?.record;
          return [host, { kind: 'release', id: current.id, commit: record?.commit ?? undefined }];
        }
        case 'foreign':
          return [host, { kind: 'other', what: `link ${current.target}` }];
        case 'not-a-link':
          return [host, { kind: 'other', what: 'real' }];
      }
    }),
  );

/** Without a keeper there is nobody to ask: not knowing is an answer of its own. */
const standingOn = async (keeper: Keeper | undefined, state: RunState): Promise<Standing> => {
  if (keeper === undefined) return { kind: 'unknown', why: state.sentence ?? 'it could not be asked' };
  try {
    const look = await keeper.ask('look');
    if (!look.ok) return { kind: 'unknown', why: look.text };
    if (look.text === 'absent') return { kind: 'absent' };
    const id = releaseInLink(linkIn(look.text) ?? '');
    if (id === undefined) return { kind: 'other', what: look.text };
    const record = await keeper.ask('get', `releases/${id}/.fab/release.json`);
    if (record.ok) return { kind: 'release', id, commit: commitIn(record.text) };
    if (!(await isThere(keeper, id))) return { kind: 'other', what: `${look.text}, which is not there` };
    // Who journals into a release that was removed makes its directory again.
    if (hadRecord(state, keeper.host, id)) return { kind: 'other', what: `${look.text}, which has lost its record` };
    return { kind: 'release', id, commit: undefined };
  } catch (thrown) {
    return { kind: 'unknown', why: (thrown as Error).message };
  }
};

/** Of a release that another tool has made there is no record; of one that was removed by hand there is nothing. */
const isThere = async (keeper: Keeper, id: string): Promise<boolean> => {
  const directory = await keeper.ask('get', `releases/${id}/.`);
  return directory.ok || directory.reason !== 'absent';
};

const hadRecord = (state: RunState, host: string, id: string): boolean => {
  const { release, task } = state.plan;
  const isNew = task.release.kind === 'new' && release?.id === id;
  return isNew || surveyOf(state, host).releases.some(({ name, record }) => name === id && record !== undefined);
};

const commitIn = (text: string): string | undefined => {
  try {
    return (JSON.parse(text) as ReleaseRecord).commit ?? undefined;
  } catch {
    return undefined;
  }
};

/** Whether all release hosts are known to be on one release (or all on none). */
export const areWhole = (standings: Readonly<Record<string, Standing>>): boolean => {
  const seen = Object.values(standings);
  return seen.every(({ kind }) => kind === 'release' || kind === 'absent') && new Set(seen.map(place)).size <= 1;
};

const place = (standing: Standing): string => (standing.kind === 'release' ? standing.id : standing.kind);
