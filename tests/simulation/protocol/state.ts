import { releaseIdAt } from '../../../src/model/release-name.ts';
import type { Phase, PublishRecord, Witness } from '../../../src/model/publish-record.ts';

/** The old release or the new one: a link that is renamed cannot be anything else. */
export type Link = 'old' | 'new';

/** What a controller asks of a keeper. `published` and `undone` close the record. */
export type Word =
  'claim' | 'prepare' | 'decided' | 'rename' | 'undo' | 'put back' | 'aborted' | 'published' | 'undone';

/** A keeper and the channel to it. Every phase is a barrier, so one word at most is on its way. */
export interface Keeper {
  /** Which controller it belongs to. */
  readonly of: number;
  /** Whether its controller still hears it. One that is not heard may live until its lease ends, and act. */
  readonly heard: boolean;
  readonly word: Word | undefined;
  readonly answer: 'ok' | 'no' | undefined;
}

/** What a host has on disk, and the keeper that has its lock. */
export interface ModelHost {
  readonly link: Link;
  /** `.fab/epoch`. */
  readonly fence: number;
  /** The record of this publish; undefined while the record of the one before lies there. */
  readonly record:
    { readonly epoch: number; readonly phase: Phase; readonly ended?: 'published' | 'undone' } | undefined;
  /** Whether the decision was ever written here. */
  readonly wasDecided: boolean;
  readonly keeper: Keeper | undefined;
}

/** What a controller waits for: the answers to the words that it sent last. */
export type Waiting =
  | 'claiming'
  | 'preparing'
  | 'deciding'
  | 'renaming'
  | 'undoing'
  | 'putting back'
  | 'aborting'
  | 'publishing'
  | 'closing';

export interface Controller {
  readonly waiting: Waiting | 'over';
  readonly epoch: number;
  /** How many hosts it has a keeper on. */
  readonly size: number;
}

export interface ModelState {
  readonly hosts: readonly ModelHost[];
  /** The first one publishes; those after it settle what they find. */
  readonly controllers: readonly Controller[];
  /** What a run has told its user; nothing later may make it untrue. */
  readonly promised: Link | undefined;
}

/** The publish before: closed everywhere. */
const epochBefore = 1;
export const firstEpoch = 2;

export const beginning = (hosts: number): ModelState => ({
  hosts: Array.from({ length: hosts }, () => ({
    link: 'old',
    fence: firstEpoch,
    record: undefined,
    wasDecided: false,
    keeper: { of: 0, heard: true, word: 'prepare', answer: undefined },
  })),
  controllers: [{ waiting: 'preparing', epoch: firstEpoch, size: hosts }],
  promised: undefined,
});

/** Hosts differ in nothing but their state, so states that differ by their order are one. */
export const canonical = (state: ModelState): { readonly key: string; readonly state: ModelState } => {
  const hosts = state.hosts.map(known).sort((a, b) => (a.key < b.key ? -1 : 1));
  const rest = `${state.controllers.map(({ waiting, epoch, size }) => `${waiting}${epoch}${size}`).join()}${state.promised ?? ''}`;
  return {
    key: hosts.map(({ key }) => key).join('') + shortened(rest),
    state: { ...state, hosts: hosts.map(({ host }) => host) },
  };
};

interface Known {
  readonly key: string;
  /** Hosts that are equal are one object in canonical states. */
  readonly host: ModelHost;
}

const seen = new WeakMap<ModelHost, Known>();
const byKey = new Map<string, Known>();
const known = (host: ModelHost): Known => {
  const before = seen.get(host);
  if (before !== undefined) return before;
  const { link, fence, record, wasDecided, keeper } = host;
  const key = shortened(
    JSON.stringify([link, fence, wasDecided, record, keeper?.of, keeper?.heard, keeper?.word, keeper?.answer]),
  );
  const made = byKey.get(key) ?? { key, host };
  byKey.set(key, made);
  seen.set(host, made);
  return made;
};

/** One character for each text: millions of states are to be told apart. */
const characters = new Map<string, string>();
const shortened = (text: string): string => {
  const known = characters.get(text);
  if (known !== undefined) return known;
  const made = String.fromCharCode(characters.size + 1);
  characters.set(text, made);
  return made;
};

const nameOf = (index: number): string => `h${index}`;

/** The records as the real rule gets them. */
export const witnesses = (hosts: readonly ModelHost[], asked: (host: ModelHost) => boolean): readonly Witness[] =>
  hosts.flatMap((host, index) => (asked(host) ? [{ host: nameOf(index), record: recordOf(host, hosts.length) }] : []));

const recordOf = ({ record }: ModelHost, size: number): PublishRecord => {
  const { epoch, phase, ended } = record ?? { epoch: epochBefore, phase: 'closed', ended: 'published' };
  return {
    v: 1,
    epoch,
    run: record === undefined ? 'before' : 'this',
    task: 'deploy',
    release: releaseIdAt(new Date(Date.UTC(2026, 10, 20, 14, 5, 33))),
    commit: null,
    phase,
    ...(ended === undefined ? {} : { ended }),
    participants: participantsOf(size),
    behind: {},
    user: 'ana',
    machine: 'laptop',
    at: '2026-11-20T14:05:33.000Z',
  };
};

const participants = new Map<number, Readonly<Record<string, string>>>();
const participantsOf = (size: number): Readonly<Record<string, string>> => {
  const known = participants.get(size);
  if (known !== undefined) return known;
  const made = Object.fromEntries(
    Array.from({ length: size }, (_, index) => [nameOf(index), 'releases/2026-11-19_14.05.33']),
  );
  participants.set(size, made);
  return made;
};
