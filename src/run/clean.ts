import { shell, sh } from '../model/command.ts';
import type { Json } from '../model/json.ts';
import { layoutAt, type Layout } from '../model/layout.ts';
import { afterPublishing, decideRetention, liveOn, type Retention } from '../plan/retention.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { sessionOn } from './context.ts';
import { surveyOf, type RunState } from './state.ts';

const decisions = new WeakMap<RunState, Promise<Retention>>();

/**
 * Deletes on one host what the whole fleet's survey says nothing needs. Each release is renamed
 * away first, so a release is there whole or not at all, and files go last.
 */
export const cleanOn = async (state: RunState, _planned: PlannedStep, host: string): Promise<Json> => {
  const [absent] = state.plan.leftOut;
  if (absent !== undefined) {
    // What a host that cannot be asked still needs, nobody knows.
    state.emit({ type: 'said', step: 'release.clean', host, sentence: `nothing is deleted without ${absent.host}` });
    return [];
  }
  const { verdicts } = await decision(state);
  const layout = layoutAt(surveyOf(state, host).root);
  const gone: string[] = [];
  for (const { name, reason } of verdicts.filter(({ keep, hosts }) => !keep && hosts.includes(host))) {
    const answer = await state.keepers.get(host)?.ask('away', `releases/${name}`, `.fab/trash/${name}`);
    if (answer?.ok === true) gone.push(name);
    else if (answer?.reason !== 'held')
      throw new Error(`${name} could not be moved away: ${answer?.text ?? 'the keeper is gone'}`);
    state.emit({
      type: 'said',
      step: 'release.clean',
      host,
      sentence: answer.ok ? `deleted ${name} (${reason})` : `kept ${name}: another run holds it`,
    });
  }
  const session = sessionOn(state, 'release.clean', host);
  // Also what an interrupted cleaning left behind; then the mirror lets go of the commits.
  await session.run(sh`if [ -d ${layout.trash} ]; then rm -rf ${layout.trash} 2>/dev/null || { chmod -R u+rwX ${layout.trash}; rm -rf ${layout.trash}; }; fi
${forgetRefs(layout, gone)}`);
  return gone;
};

/** The mirror and those of submodules; gc runs only here, under the lock. */
const forgetRefs = ({ mirror, modules }: Layout, gone: readonly string[]) =>
  gone.length === 0
    ? shell(':')
    : sh`for m in ${mirror} ${modules}/*; do [ -d "$m" ] || continue
  for r in ${gone}; do git --git-dir="$m" update-ref -d "refs/fab/releases/$r"; done
  git --git-dir="$m" -c gc.autoDetach=false gc --auto --quiet
done`;

/** Decided once for all hosts, on a fresh look: processes may have moved since the plan was made. */
const decision = (state: RunState): Promise<Retention> => {
  const known = decisions.get(state);
  if (known !== undefined) return known;
  const { plan } = state;
  const decided = state.resurvey().then(({ hosts, unreachable }) => {
    if (unreachable.length > 0)
      throw new Error(`${unreachable[0]?.host ?? 'a host'} could not be looked at again; nothing is deleted.`);
    const id = state.published === 'yes' ? plan.release?.id : undefined;
    return decideRetention({
      hosts: id === undefined || plan.task.release.kind !== 'new' ? hosts : afterPublishing(hosts, id),
      keep: Number(plan.params['keep'] ?? 5),
      building: plan.task.release.kind === 'new' ? plan.release?.id : undefined,
      before: liveOn(plan.hosts),
      owed: new Set(plan.owed.map(({ release }) => release)),
      now: new Date(),
    });
  });
  decisions.set(state, decided);
  return decided;
};
