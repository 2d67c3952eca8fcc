import type { Params } from '../model/param.ts';
import { problem, type Problem } from '../model/problem.ts';
import { nearest } from '../model/nearest.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { paramsOf } from '../plan/params.ts';
import type { Runnable } from '../model/task.ts';

/**
 * What was given, with the settings' values and the defaults for the rest. Values are taken as they
 * are (the command line has read them already); unknown names and missing required ones are Problems.
 */
export const completeParams = (
  runnable: Runnable,
  given: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, unknown>>,
): Result<Readonly<Record<string, unknown>>, readonly Problem[]> => {
  const declared: Params = paramsOf(runnable);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  const missing = Object.entries(declared).filter(
    ([name, { required }]) => required === true && given[name] === undefined,
  );
  const problems = [
    ...unknown.map((name) => unknownParam(runnable.name, name, Object.keys(declared))),
    ...missing.map(([name, { description }]) =>
      problem(`${runnable.name} needs ${name.toUpperCase()}: ${description}.`, {
        hint: `see \`fab <env> ${runnable.name} --help\``,
      }),
    ),
  ];
  if (problems.length > 0) return fail(problems);
  return ok(
    Object.fromEntries(
      Object.entries(declared).flatMap(([name, param]) => {
        const value =
          given[name] ?? (param.setting === undefined ? undefined : settings[param.setting]) ?? param.default;
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  );
};

const unknownParam = (task: string, name: string, known: readonly string[]): Problem => {
  const near = nearest(name, known);
  return problem(`${task} has no parameter ${name}.`, near === undefined ? {} : { hint: `did you mean ${near}?` });
};
