import { problem, type Problem } from '../model/problem.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { hostsOfRoles } from '../model/role.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Survey } from '../model/survey.ts';
import type { Params } from '../model/param.ts';
import { duringsOf, type Shown, type View, type ViewContext } from '../model/task.ts';
import { owedStarts } from '../plan/owed-starts.ts';
import type { Loaded } from './load.ts';
import { completeParams } from './params.ts';
import { findRunnable, readLimit, type PlanOptions } from './plan.ts';
import { chooseSource } from './source.ts';
import { surveyHosts } from './survey-hosts.ts';

/** Carries out a view: surveys its hosts, shows. Reads only. */
export const look = async (
  loaded: Loaded,
  name: string,
  given: Readonly<Record<string, unknown>> = {},
  options: PlanOptions = {},
): Promise<Result<Shown, readonly Problem[]>> => {
  const found = findRunnable(loaded, name);
  if (!found.ok) return found;
  if (found.value.kind !== 'view') return fail([problem(`${name} is a task, not a view: plan it and run it.`)]);
  const view: View = found.value;
  const params = completeParams(view, given, loaded.settings);
  const limit = readLimit(loaded, options.limit);
  if (!params.ok || !limit.ok) return fail([...(params.ok ? [] : params.failure), ...(limit.ok ? [] : limit.failure)]);
  const seen = await surveyHosts(loaded, hostsOf(loaded, view, limit.value), options);
  const shipment = view.ships ? await shipmentFor(loaded, params.value, seen, options) : ok(undefined);
  if (!shipment.ok) return shipment;
  const shown = view.show(seen, {
    environment: loaded.environment.name,
    params: params.value,
    settings: loaded.settings,
    shipment: shipment.value,
    owed: owedAmong(loaded, seen),
    now: new Date(),
  });
  return ok(shown);
};

const owedAmong = ({ runnables }: Loaded, { hosts }: Survey): ViewContext<Params>['owed'] =>
  owedStarts(hosts, duringsOf(runnables)).map(({ release, stop, stopped }) => ({
    ...{ release, stop },
    hosts: Object.keys(stopped),
  }));

const hostsOf = (
  { environment: { inventory } }: Loaded,
  { roles }: View,
  limit: readonly string[] | undefined,
): readonly string[] =>
  (roles.length === 0 ? inventory.hosts : hostsOfRoles(inventory, roles))
    .map(({ name }) => name)
    .filter((name) => limit === undefined || limit.includes(name));

const shipmentFor = async (
  { settings }: Loaded,
  params: Readonly<Record<string, unknown>>,
  seen: Survey,
  options: PlanOptions,
): Promise<Result<Shipment | undefined, readonly Problem[]>> => {
  const chosen = await chooseSource({
    url: settings['code_repo'] as string | undefined,
    branch: params['branch'] as string | undefined,
    commit: params['commit'] as string | undefined,
    survey: seen,
    signal: options.signal ?? new AbortController().signal,
  });
  return chosen.ok ? ok(chosen.value.shipment) : chosen;
};
