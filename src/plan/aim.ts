import type { ReleaseId } from '../model/release.ts';
import { isWayBack } from '../model/publish-record.ts';
import type { Survey } from '../model/survey.ts';
import type { Task } from '../model/task.ts';
import type { Plan } from './plan.ts';
import { unfinishedPublish } from './unfinished.ts';

/** What was asked for, as far as it says where a way back goes. */
interface Aimed {
  readonly task: Task;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A way back that was interrupted after its decision: asked for again, it is finished, not gone further. */
export const interruptedTarget = (task: Task, { hosts }: Survey): ReleaseId | undefined => {
  const unfinished = unfinishedPublish(hosts);
  if (unfinished?.kind !== 'forward') return undefined;
  const { record } = unfinished;
  return record.task === task.name || isWayBack(record) ? record.release : undefined;
};

/** As if the release had been named, where it is a way back and nobody has named one. */
export const aimedAt = <Asked extends Aimed>(asked: Asked, target: ReleaseId | undefined): Asked =>
  asked.task.release.kind === 'previous' && target !== undefined && asked.params['to'] === undefined
    ? { ...asked, params: { ...asked.params, to: target } }
    : asked;

/** A way back whose release the hosts are on already, now that another publish was finished, goes no further. */
export const aimedAgain = <Asked extends Aimed>(
  asked: Asked,
  { release }: Plan,
  settled: ReleaseId | undefined,
): Asked => aimedAt(asked, release?.id === settled ? settled : undefined);
