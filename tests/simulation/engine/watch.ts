import { readPublishRecord, type PublishRecord } from '../../../src/model/publish-record.ts';
import type { SimHost } from './sim-host.ts';
import { rollback } from './tasks.ts';

/** `built` in a release holds the commit when its build has ended; nothing without it may be live. */
export const builtIn = (target: string): string => `${target}/built`;

/**
 * Looks at every change on the hosts as it happens, and keeps the trace. What it finds wrong is a
 * broken promise, whatever happens afterwards.
 */
export class Watch {
  readonly violations: string[] = [];
  readonly lines: string[] = [];
  hosts: readonly SimHost[] = [];
  /** The newest release that a run has reported as published, with exit status 0; a way back that was decided ends it. */
  promised: string | undefined;
  #promisedOn: ReadonlySet<string> = new Set();
  readonly #keepsTrace: boolean;
  readonly #fenced = new Map<string, number>();

  constructor(keepsTrace: boolean) {
    this.#keepsTrace = keepsTrace;
  }

  /** A run has said that every host of its shows this release. */
  promise(release: string): void {
    this.promised = release;
    this.#promisedOn = new Set(this.hosts.filter(({ disk }) => disk.current === release).map(({ name }) => name));
  }

  tell(line: string): void {
    if (this.#keepsTrace) this.lines.push(line);
  }

  broken(promise: string): void {
    this.violations.push(promise);
    this.tell(`!! ${promise}`);
  }

  said(host: SimHost, keeper: string, word: string, args: readonly string[], answer: string): void {
    if (this.#keepsTrace && word !== 'beat')
      this.tell(`${host.clock.elapsed} ${host.name} ${keeper} ${word} ${brief(args)} -> ${answer.slice(0, 24)}`);
    if (word === 'fence' && answer.startsWith('ok')) this.#fenced.set(host.name, Number(args[0]));
  }

  records(host: SimHost): void {
    const record = recordOn(host);
    if (record === undefined) this.broken(`always resumable: ${host.name} has a record that nobody can read`);
    else if (record.phase === 'closed' && host.name in record.participants) this.#closes(host, record);
    else if (record.phase === 'decided' && record.task === rollback.name) this.promised = undefined;
  }

  /** Nobody looks again at a host whose record is over, and two halves of a fleet must not each have their own end. */
  #closes(host: SimHost, { run, release, ended, participants, epoch }: PublishRecord): void {
    const claim = `${host.name} closes ${release} as ${ended ?? 'nothing'}`;
    const claimed = ended === 'undone' ? participants[host.name] : `releases/${release}`;
    const { current = null } = host.disk;
    if (current !== claimed) this.broken(`whole or not at all: ${claim} and shows ${current ?? 'nothing'}`);
    const names = Object.keys(participants);
    const knows = (each: SimHost): boolean => {
      const other = recordOn(each);
      if (other === undefined || !names.includes(each.name)) return false;
      // Who has closed it as published under a lower number is never asked to say less.
      const closed = other.run === run && other.release === release && other.ended === 'published';
      return other.epoch >= epoch || (closed && ended === 'published');
    };
    const know = this.hosts.filter(knows);
    if (know.length * 2 <= names.length)
      this.broken(`whole or not at all: ${claim}, and ${know.length} of ${names.length} know that it ends`);
  }

  /** Before the rename: the decision must be wherever the record says that the publish goes. */
  renames(host: SimHost): void {
    const record = recordOn(host);
    for (const name of Object.keys(record?.participants ?? {})) {
      if (record === undefined || name in record.behind) continue;
      const other = recordOn(this.hosts.find((each) => each.name === name)!);
      const isDecided = other?.phase === 'decided' || (other?.phase === 'closed' && other.ended === 'published');
      if (other?.run !== record.run || !isDecided)
        this.broken(
          `whole or not at all: ${host.name} renames, and ${name} is only ${other?.run === record.run ? other.phase : 'at another run'}`,
        );
    }
  }

  /** Before a link is put back: that everybody goes back must be wherever the record says that the publish went. */
  putsBack(host: SimHost): void {
    const record = recordOn(host);
    for (const name of Object.keys(record?.participants ?? {})) {
      if (record === undefined || name in record.behind) continue;
      const other = recordOn(this.hosts.find((each) => each.name === name)!);
      const goesBack = other?.phase === 'undo' || other?.phase === 'aborted' || other?.ended === 'undone';
      if (other?.run !== record.run || !goesBack)
        this.broken(
          `whole or not at all: ${host.name} is put back, and ${name} is ${other?.run === record.run ? other.phase : 'at another run'}`,
        );
    }
  }

  /** After every change of `current`. */
  shows(host: SimHost): void {
    const { current } = host.disk;
    this.tell(`${host.clock.elapsed} ${host.name} shows ${current ?? 'nothing'}`);
    if (current !== undefined && host.disk.read(builtIn(current)) === undefined)
      this.broken(`whole or not at all: ${host.name} shows ${current}, which is not complete`);
    // A host that was left behind then may fail to catch up: the promise was not about it.
    if (this.promised !== undefined && this.#promisedOn.has(host.name) && (current ?? '') < this.promised)
      this.broken(
        `exit 0 is true: ${host.name} went back to ${current ?? 'nothing'} after ${this.promised} was reported as published`,
      );
  }

  deletes(host: SimHost, path: string): void {
    this.tell(`${host.clock.elapsed} ${host.name} deletes ${path}`);
    if (this.hosts.some(({ disk }) => disk.current === path))
      this.broken(`nothing live is deleted: ${host.name} deletes ${path}, which is live`);
  }

  /** A step that a journal calls finished is not done again. */
  begins(host: SimHost, command: string): void {
    const release = /^build (.*)/.exec(command)?.[1];
    if (release !== undefined && host.disk.read(`${release}/.fab/journal.jsonl`)?.includes('"step":"app.build"'))
      this.broken(`always resumable: ${command} is done again on ${host.name}`);
  }

  /** A command changes something: no run that came later may have begun. */
  changes(host: SimHost, command: string, epoch: number): void {
    this.tell(`${host.clock.elapsed} ${host.name} has done ${command}`);
    const fenced = this.#fenced.get(host.name) ?? 0;
    if (fenced > epoch)
      this.broken(
        `one run at a time: ${command} of run ${epoch} changes ${host.name} although run ${fenced} has begun`,
      );
  }
}

export const recordOn = ({ disk }: SimHost): PublishRecord | undefined => {
  const found = readPublishRecord(disk.read('.fab/txn'));
  return found.kind === 'record' ? found.record : undefined;
};

/** Without what differs between two machines that play one seed: the owner's text has a process id. */
const brief = (args: readonly string[]): string =>
  args
    .map((arg) => (arg.startsWith('{"user"') ? 'OWNER' : (/"phase":"(\w+)"/.exec(arg)?.[1] ?? arg.slice(0, 40))))
    .join(' ');
