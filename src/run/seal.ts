import { sh, shell } from '../model/command.ts';
import { failureOf, type Failure } from '../model/failure.ts';
import { layoutAt } from '../model/layout.ts';
import type { ReleaseRecord } from '../model/release-choice.ts';
import { unequal, type Built } from '../model/same-code.ts';
import { operationsIn } from '../model/step.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { changedFileText, parseChangedFiles } from '../source/changed-files.ts';
import { asBuiltTree } from '../source/verify-script.ts';
import { sessionOn } from './context.ts';
import { writeRecord } from './create.ts';
import { recordFailure } from './failures.ts';
import { hostOf, surveyOf, type RunState } from './state.ts';

/**
 * What is to be published is finished: on disk, measured, and written down as built. A release that
 * was made by an earlier run (a rollback) is sealed already.
 * @returns whether it is, on every host.
 */
export const seal = async (
  state: RunState,
  planned: PlannedStep,
  hosts: readonly string[],
  more: (host: string) => Partial<ReleaseRecord> = () => ({}),
): Promise<boolean> => {
  if (state.plan.task.release.kind !== 'new') return true;
  const began = Date.now();
  const goesOn = (): boolean => state.failures.length === 0 && !state.abort.signal.aborted;
  const failed = (host: string, failure: Failure): undefined => {
    recordFailure(state, planned.id, host, failure, (Date.now() - began) / 1000);
  };
  const onAll = async <Item extends { readonly host: string }, Result>(
    items: readonly Item[],
    act: (item: Item) => Promise<Result>,
  ): Promise<readonly Result[]> => {
    const results = await Promise.all(
      items.map((item) => act(item).catch((thrown: unknown) => failed(item.host, failureOf(thrown)))),
    );
    return results.filter((result) => result !== undefined);
  };

  state.emit({ type: 'phase', name: 'verify', detail: `${hosts.length} hosts` });
  const measured = await onAll(
    hosts.map((host) => ({ host })),
    ({ host }) => measure(state, planned, host),
  );
  if (!goesOn()) return false;
  for (const { host, sentence } of unequal(measured)) failed(host, { reason: 'thrown', message: sentence });
  if (!goesOn()) return false;
  await onAll(measured, (one) => recordBuilt(state, one, more(one.host)));
  return goesOn();
};

const recordBuilt = async (
  state: RunState,
  { host, size, tree }: Measured,
  more: Partial<ReleaseRecord>,
): Promise<void> => {
  const known = recordOn(state, host)?.tree;
  if (known !== undefined && tree !== undefined && known !== tree)
    throw new Error('its tracked files are not what they were when it was built');
  const made = { ...(size === undefined ? {} : { size }), ...(tree === undefined ? {} : { tree }) };
  await writeRecord(state, host, 'built', { ...made, ...migrationsOf(state, host), ...more });
};

const recordOn = (state: RunState, host: string): ReleaseRecord | undefined =>
  surveyOf(state, host).releases.find(({ name }) => name === state.plan.release?.id)?.record;

/** What was shipped, and what ran: a rollback must know that data may have changed. */
const migrationsOf = (state: RunState, host: string): Pick<ReleaseRecord, 'migrations'> => {
  const ran = operationsIn(state.plan.task.steps).filter(({ name, migrates }) => migrates && state.results.has(name));
  const migrations = new Set([
    ...(recordOn(state, host)?.migrations ?? []),
    ...(state.plan.shipment?.migrations ?? []),
    ...ran.map(({ name }) => name),
  ]);
  return migrations.size === 0 ? {} : { migrations: [...migrations] };
};

type Measured = Built & Pick<ReleaseRecord, 'size'>;

/** One command: its files are on disk before anything points to them, and what they are is known. */
const measure = async (state: RunState, { id }: PlannedStep, host: string): Promise<Measured> => {
  const { release, settings } = state.plan;
  const layout = layoutAt(surveyOf(state, host).root);
  const path = layout.release(release?.id ?? '');
  const shared = settings['shared_paths'];
  const tree =
    release?.commit === undefined || !takesCode(state)
      ? shell('echo -')
      : asBuiltTree({
          mirror: layout.mirror,
          commit: release.commit,
          into: path,
          except: Array.isArray(shared) ? shared.map(String) : [],
        });
  // Its answer is for the record, not for the person who watches.
  const answer = await sessionOn({ ...state, emit: () => undefined }, id, host).read(
    sh`cd ${path} && { sync -f . 2>/dev/null || sync; } && du -sk . | cut -f 1 && find . | wc -l && ${tree}`,
  );
  const [kilobytes, inodes, built, ...changed] = answer.split('\n');
  return {
    host,
    groups: hostOf(state, host).groups,
    size: { bytes: Number(kilobytes) * 1024, inodes: Number(inodes) },
    tree: built === '-' ? undefined : built,
    changed: parseChangedFiles(changed.join('\n')).map(changedFileText),
  };
};

/** A task may make releases that hold no code of a repository. */
const takesCode = ({ plan }: RunState): boolean =>
  operationsIn(plan.task.steps).some(({ settings }) => settings['code_repo'] !== undefined);
