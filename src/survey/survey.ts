import pMap from 'p-map';
import type { Host } from '../model/host.ts';
import { CommandFailed } from '../model/failure.ts';
import type { HostSurvey, Survey, Unreachable } from '../model/survey.ts';
import { commandFailed, execute } from '../session/execute.ts';
import type { Fleet } from '../session/fleet.ts';
import { parseSurvey } from './parse.ts';
import { surveyScript, type SurveyQuestion } from './script.ts';

export interface SurveyOptions extends SurveyQuestion {
  /** Hosts on which a command is sure to follow at once. */
  readonly followedOn?: readonly string[];
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
  const { hosts, signal, forks } = options;
  const answers = await pMap(hosts, (host) => reach(host, options), { concurrency: forks });
  signal.throwIfAborted(); // Whoever gave up is not told that the hosts do not answer.
  return {
    hosts: answers.flatMap((answer) => ('root' in answer ? [answer] : [])),
    unreachable: answers.flatMap((answer) => ('root' in answer ? [] : [answer])),
    at: new Date(),
  };
};

/** Each host is read as soon as it is connected, however long others take. */
const reach = async (host: Host, options: SurveyOptions): Promise<HostSurvey | Unreachable> => {
  const began = performance.now();
  const notReached = await options.fleet.connect(host, options.signal);
  if (notReached !== undefined) return notReached;
  const connected = performance.now();
  const found = await surveyHost(host, options);
  if (!('root' in found)) return found;
  const [connectSeconds, surveySeconds] = [(connected - began) / 1000, (performance.now() - connected) / 1000];
  return { ...found, reached: { connectSeconds, surveySeconds } };
};

const surveyHost = async (host: Host, options: SurveyOptions): Promise<HostSurvey | Unreachable> => {
  const { fleet, sudoUser, path, signal, followedOn = [] } = options;
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
      ...(followedOn.includes(host.name) ? { next: { user: sudoUser } } : {}),
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
