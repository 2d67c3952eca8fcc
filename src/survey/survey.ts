import pMap from 'p-map';
import type { Host } from '../model/host.ts';
import { CommandFailed } from '../model/failure.ts';
import type { HostSurvey, Survey, Unreachable } from '../model/survey.ts';
import { commandFailed, execute } from '../session/execute.ts';
import type { Fleet } from '../session/fleet.ts';
import { parseSurvey } from './parse.ts';
import { surveyScript, type SurveyQuestion } from './script.ts';

export interface SurveyOptions extends SurveyQuestion {
  readonly fleet: Fleet;
  readonly hosts: readonly Host[];
  readonly sudoUser: string | undefined;
  readonly path: readonly string[];
  readonly forks: number;
  readonly signal: AbortSignal;
}

/** A host that answers its login but not this one command within a minute is as good as down. */
const patience = 60;

/** Connects and reads every host. Changes nothing; throws only when it is cancelled, never for a host that cannot be read. */
export const survey = async (options: SurveyOptions): Promise<Survey> => {
  const { fleet, hosts, signal, forks } = options;
  const notReached = await fleet.connect(hosts, signal);
  const reached = hosts.filter(({ name }) => fleet.has(name));
  const answers = await pMap(reached, (host) => surveyHost(host, options), { concurrency: forks });
  signal.throwIfAborted(); // Whoever gave up is not told that the hosts do not answer.
  return {
    hosts: answers.flatMap((answer) => ('root' in answer ? [answer] : [])),
    unreachable: [...notReached, ...answers.flatMap((answer) => ('root' in answer ? [] : [answer]))],
    at: new Date(),
  };
};

const surveyHost = async (host: Host, options: SurveyOptions): Promise<HostSurvey | Unreachable> => {
  const { fleet, sudoUser, path, signal } = options;
  try {
    const command = surveyScript(options);
    const { status, stdout, tail } = await execute(fleet.on(host.name), {
      command,
      user: sudoUser,
      path,
      variables: {},
      limit: patience,
      silence: patience,
      signal,
    });
    if (status !== 0) throw commandFailed('the survey', status, tail);
    return parseSurvey(host.name, stdout, new Date());
  } catch (thrown) {
    return { host: host.name, ...reasonFrom(thrown, host, sudoUser) };
  }
};

const reasonFrom = (thrown: unknown, host: Host, sudoUser: string | undefined): Omit<Unreachable, 'host'> => {
  const { failure, message } = thrown as Partial<CommandFailed>;
  if (failure?.reason !== 'command')
    return { sentence: `the survey of ${host.name} failed: ${message ?? String(thrown)}` };
  if (sudoUser !== undefined && /^sudo: /m.test(failure.output))
    return {
      sentence: `${host.user ?? 'the login'} may not act as ${sudoUser} on ${host.name} without a password: ${failure.output.trim()}`,
      hint: `allow it in sudoers: ${host.user ?? '<login>'} ALL=(${sudoUser}) NOPASSWD: ALL`,
    };
  return {
    sentence: `${host.name} did not answer as a shell does (status ${failure.status ?? 'none'}): ${failure.output.trim() || 'no output'}`,
    hint: 'the login needs /bin/sh as a usable shell; a restricted shell cannot be deployed to',
  };
};
