import {
  isWayBack,
  settlementOf,
  type HostSurvey,
  type PublishRecord,
  type Settlement,
  type Survey,
} from '../../api.ts';
import { hostList, time } from './table.ts';

/** A publish that nobody has seen the end of: what is known, and how it ends. */
export interface Interrupted {
  /** `forward`, `back`, `abort`, or `running` while some run holds the lock. */
  readonly kind: 'forward' | 'back' | 'abort' | 'running';
  readonly sentence: string;
}

type Unfinished = Exclude<Settlement, { kind: 'settled' }>;

/**
 * What the hosts' records say of the last publish, in words; undefined when it is over. The rule is
 * the engine's own (`settlementOf`), so what is said here is what the next run does.
 */
export const interruptedPublish = (survey: Survey, environment: string): Interrupted | undefined => {
  const { hosts } = survey;
  const settlement = settlementOf(
    hosts.map(({ host, txn }) => ({ host, record: txn.kind === 'record' ? txn.record : undefined })),
  );
  if (settlement.kind === 'settled') return undefined;
  const { kind, record } = settlement;
  if (hosts.some(({ lockHeld }) => lockHeld))
    return { kind: 'running', sentence: `${record.release} is being published just now (${byWhom(record)}).` };
  const began = `The publish of ${record.release} (${byWhom(record)}) was interrupted`;
  const again = `\`fab ${environment} ${againWords(record)}\``;
  const rest = needed(settlement, survey);
  switch (kind) {
    case 'forward':
      return {
        kind,
        sentence: `${began} after it was decided: ${whoIsWhere(hosts, record)}. ${again} brings every host to ${record.release} and does what was left; so does any other run that takes the lock, before its own work.${rest}`,
      };
    case 'back':
      return {
        kind,
        sentence: `${began} while it was being taken back: ${whoIsWhere(hosts, record)}. The next run that takes the lock puts every host back first; ${again} then publishes it once more.${rest}`,
      };
    case 'abort':
      return {
        kind,
        sentence: `${began} before it was decided: no host was changed. ${again} publishes it; any other run that takes the lock gives it up first.${rest}`,
      };
  }
};

/** Without them nobody knows how far it came, unless more than half answer and the others may be left behind. */
const needed = ({ missing, record }: Unfinished, { unreachable }: Survey): string => {
  if (missing.length === 0) return '';
  const silent = missing.filter((host) => unreachable.some((each) => each.host === host));
  const others = missing.filter((host) => !silent.includes(host));
  const all = Object.keys(record.participants).length;
  const words = [
    ...(silent.length === 0 ? [] : [`${silent.join(', ')} took part and could not be asked`]),
    ...(others.length === 0
      ? []
      : [`${others.join(', ')} took part and was not asked: limited, or not in the inventory`]),
  ];
  const without = (all - missing.length) * 2 > all ? ', or --when-unreachable leave' : '';
  return ` ${words.join('; ')}. That run needs ${missing.length === 1 ? 'it' : 'them'}${without}.`;
};

/** Going back has nothing to resume: it is asked for again, and a deploy that went back is as good as a rollback. */
const againWords = (record: PublishRecord): string =>
  isWayBack(record) ? `rollback --to ${record.release}` : `${record.task} --resume ${record.release}`;

const byWhom = ({ task, user, machine, at }: PublishRecord): string =>
  `${task} by ${user} on ${machine}, ${time(at)} UTC`;

const whoIsWhere = (hosts: readonly HostSurvey[], { release, participants }: PublishRecord): string => {
  const asked = hosts.filter(({ host }) => host in participants);
  const on = asked.filter(({ current }) => current.kind === 'release' && current.id === release);
  const off = asked.filter((host) => !on.includes(host));
  const names = (which: readonly HostSurvey[]): string =>
    hostList(
      which.map(({ host }) => host),
      asked.length,
    );
  if (off.length === 0) return `${names(on)} ${on.length === 1 ? 'shows' : 'show'} it already`;
  if (on.length === 0) return `${names(off)} still ${off.length === 1 ? 'shows' : 'show'} what was live before`;
  return `${names(on)} ${on.length === 1 ? 'shows' : 'show'} it, ${names(off)} ${off.length === 1 ? 'does' : 'do'} not`;
};

/** The record with the highest number: the last publish, as far as the hosts that answer know of it. */
export const lastRecord = ({ hosts }: Survey): PublishRecord | undefined =>
  hosts
    .flatMap(({ txn }) => (txn.kind === 'record' ? [txn.record] : []))
    .reduce<PublishRecord | undefined>(
      (best, record) => (best === undefined || record.epoch > best.epoch ? record : best),
      undefined,
    );

/** Hosts that the last publish left out, and that are still not where it brought the others. */
export const behindHosts = (survey: Survey): Readonly<Record<string, string>> => {
  const { hosts, unreachable } = survey;
  const last = lastRecord(survey);
  if (last === undefined) return {};
  const isThere = (host: string): boolean =>
    hosts.some(({ host: name, current }) => name === host && current.kind === 'release' && current.id === last.release);
  const known = new Set([...hosts.map(({ host }) => host), ...unreachable.map(({ host }) => host)]);
  return Object.fromEntries(Object.entries(last.behind).filter(([host]) => known.has(host) && !isThere(host)));
};
