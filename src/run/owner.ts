import { runName } from './record.ts';
import type { RunState } from './state.ts';

/** What `.fab/owner` says: for people, never for deciding anything. */
export const ownerText = (state: RunState): string => {
  const { info, plan } = state;
  return JSON.stringify({
    user: info.user,
    machine: info.machine,
    pid: String(process.pid),
    task: plan.task.name,
    since: info.startedAt.toISOString(),
    run: runName(state), // As the history has it, which asks with this whether a run still goes on.
  });
};

/** «by ana on laptop: deploy, since 14:05:33 UTC (4 minutes), process 812». */
export const ownerSentence = (text: string, now = new Date()): string => {
  const owner = parsedOwner(text);
  if (owner === undefined) return 'by another run';
  const { user, machine, task, since, pid } = owner;
  const minutes = Math.round((now.getTime() - Date.parse(since)) / 60_000);
  return `by ${user} on ${machine}: ${task}, since ${since.slice(11, 19)} UTC (${minutes} min), process ${pid}`;
};

type Owner = Readonly<Record<'user' | 'machine' | 'pid' | 'task' | 'since' | 'run', string>>;

/** Whatever stands in the file; one that a person or another tool wrote is no reason to fail. */
const parsedOwner = (text: string): Owner | undefined => {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.since === 'string' && typeof owner.user === 'string' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
};
