import type { Owner, SimHost, SimProcess } from './sim-host.ts';

/** Answers go out by the channel; `end` with the status. */
export interface Mouth {
  say(text: string): void;
  end(status: number): void;
}

type Args = readonly string[];

const yes = (text = ''): string => `ok ${text}`.trim();
const no = (reason: string, text = ''): string => `no ${reason} ${text}`.trim();
const noRoom = no('error', 'No space left on device');

/** The keeper of src/run/keeper/protocol.ts, on a simulated host. */
export class SimKeeper implements SimProcess, Owner {
  readonly name: string;
  readonly #host: SimHost;
  readonly #mouth: Mouth;
  readonly #lease: number;
  readonly #alive: string[] = [];
  #buffer = '';
  #phase = '';
  #next: string | undefined;
  #heardAt: number;
  #over = false;
  #before: string | undefined;

  constructor(host: SimHost, mouth: Mouth, leaseSeconds: number, name: string) {
    this.name = name;
    this.#host = host;
    this.#mouth = mouth;
    this.#lease = leaseSeconds * 1000;
    this.#heardAt = host.clock.now;
    host.processes.add(this);
    this.#watchLease();
    mouth.say(`${yes(this.#look())}\n`);
  }

  hear(text: string): void {
    this.#heardAt = this.#host.clock.now;
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\n'); end >= 0 && !this.#over; end = this.#buffer.indexOf('\n')) {
      const [word = '', ...args] = this.#buffer.slice(0, end).split(' ');
      this.#buffer = this.#buffer.slice(end + 1);
      const decoded = args.map((arg) =>
        arg.replace(/\\0([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
      );
      const act = this.#words[word];
      const answer = act === undefined ? no('error', `unknown word ${word}`) : act(decoded);
      this.#host.watch.said(this.#host, this.name, word, decoded, answer);
      this.#mouth.say(`${answer}\n`);
      if (word === 'end') this.#finish(0);
    }
  }

  inputEnds(): void {
    if (this.#host.planted === 'undoes at its end' && this.#phase === 'renamed') this.#host.show(this.#before);
    this.#finish(0);
  }

  /** Nothing is tidied up; its locks go all the same. */
  kill(): void {
    if (this.#over) return;
    this.#over = true;
    this.#letGo();
  }

  #finish(status: number): void {
    if (this.#over) return;
    this.#over = true;
    for (const path of this.#alive) this.#host.disk.files.delete(path);
    this.#letGo();
    this.#mouth.end(status);
  }

  #letGo(): void {
    this.#host.processes.delete(this);
    for (const [path, owner] of [...this.#host.locks]) if (owner === this) this.#host.free(path, this);
  }

  #watchLease(): void {
    const { clock } = this.#host;
    clock.after(this.#heardAt + this.#lease - clock.now, 'host', () => {
      if (this.#over || this.#host.planted === 'keeps its lock for ever') return;
      if (clock.now >= this.#heardAt + this.#lease) this.#finish(0);
      else this.#watchLease();
    });
  }

  #look(): string {
    const { current } = this.#host.disk;
    return current === undefined ? 'absent' : `link ${current}`;
  }

  #take(path: string): boolean {
    const owner = this.#host.locks.get(path);
    if (owner === undefined) this.#host.locks.set(path, this);
    return owner === undefined || owner === this;
  }

  /** As the real ones do: a spare file is given up so that the record still fits. */
  #record(text: string): boolean {
    const { disk } = this.#host;
    if (disk.full && !disk.files.delete('.fab/spare')) return false;
    if (this.#host.planted !== 'writes no records') disk.files.set('.fab/txn', text);
    this.#host.watch.records(this.#host);
    return true;
  }

  readonly #words: Readonly<Record<string, (args: Args) => string>> = {
    lock: ([path = '', ownerFile = '', owner = '']) => {
      const { disk } = this.#host;
      if (!this.#take(path)) return no('held', disk.read(ownerFile) ?? '');
      if (ownerFile !== '' && !disk.write(ownerFile, owner)) disk.files.delete(ownerFile);
      return yes();
    },
    alive: ([path = '']) => {
      if (!this.#take(path)) return no('held');
      if (!this.#host.disk.write(path, '')) return noRoom;
      this.#alive.push(path);
      return yes();
    },
    look: () => yes(this.#look()),
    begin: ([path = '']) => {
      const { disk } = this.#host;
      if (disk.hasDirectory(path)) return no('exists');
      if (disk.full) return noRoom;
      disk.make(`${path}/.fab`);
      this.#take(`${path}/.fab/lock`);
      return yes();
    },
    dirs: ([path = '']) => {
      if (this.#host.disk.full && !this.#host.disk.hasDirectory(path)) return noRoom;
      this.#host.disk.make(path);
      return yes();
    },
    put: ([path = '', text = '']) => {
      if (!this.#host.disk.write(path, text)) return noRoom;
      if (path === '.fab/txn') this.#host.watch.records(this.#host);
      return yes();
    },
    add: ([path = '', line = '']) => (this.#host.disk.add(path, line) ? yes() : noRoom),
    get: ([path = '']) => {
      if (path.endsWith('/.')) return this.#host.disk.under(path.slice(0, -2)).length > 0 ? yes() : no('absent');
      const text = this.#host.disk.read(path);
      return text === undefined ? no('absent') : yes(text);
    },
    state: () => {
      const { disk } = this.#host;
      const releases = disk.under('releases').filter((name) => /^\d\S*$/.test(name));
      return yes(
        [this.#look(), disk.read('.fab/epoch') ?? '', disk.read('.fab/txn') ?? '', releases.join(' ')].join('\t'),
      );
    },
    fence: ([epoch = '']) => {
      const { disk, working } = this.#host;
      if (disk.read('.fab/epoch') !== epoch && !disk.write('.fab/epoch', epoch)) return noRoom;
      return working.size > 0 ? no('busy') : yes();
    },
    beat: () => yes(),
    prepare: ([to = '', expected = '', record = '']) => {
      const { disk } = this.#host;
      this.#phase = '';
      if (this.#look() !== expected) return no('changed', this.#look());
      if (!disk.hasDirectory(to)) return no('error', `${to} is not there`);
      disk.write('.fab/spare', '');
      if (!this.#record(record)) return noRoom;
      this.#next = to;
      this.#phase = 'prepared';
      return yes();
    },
    decide: ([record = '']) => {
      if (this.#phase !== 'prepared' || this.#next === undefined) return no('error', 'nothing is prepared');
      if (!this.#record(record)) return noRoom;
      this.#phase = 'decided';
      return yes();
    },
    commit: () => {
      if (this.#phase !== 'decided' || this.#next === undefined) return no('error', 'nothing is decided');
      if (this.#refuses()) return no('error', 'cannot rename: Is a directory');
      this.#host.watch.renames(this.#host);
      const renamed = this.#next;
      this.#before = this.#host.disk.current;
      if (this.#host.planted !== 'does not rename') this.#host.show(renamed);
      this.#next = undefined;
      this.#phase = 'renamed';
      return yes(`link ${renamed}`);
    },
    abort: ([record = '']) => {
      this.#phase = '';
      this.#next = undefined;
      return this.#record(record) ? yes(this.#look()) : noRoom;
    },
    undo: ([record = '']) => {
      this.#next = undefined;
      if (!this.#record(record)) return noRoom;
      this.#phase = 'undo';
      return yes();
    },
    back: ([to = '']) => {
      if (this.#phase !== 'undo') return no('error', 'no undo is recorded');
      if (to !== '' && !this.#host.disk.hasDirectory(to)) return no('error', `${to} is not there`);
      this.#host.watch.putsBack(this.#host);
      this.#host.show(to === '' ? undefined : to);
      return yes(this.#look());
    },
    close: ([record = '']) => {
      if (!this.#record(record)) return noRoom;
      this.#host.disk.files.delete('.fab/spare');
      this.#phase = '';
      return yes();
    },
    away: ([path = '', trash = '']) => {
      const lock = this.#host.locks.get(`${path}/.fab/lock`);
      if (lock !== undefined && lock !== this) return no('held');
      this.#host.disk.move(path, trash);
      this.#host.watch.deletes(this.#host, path);
      return yes();
    },
    end: () => yes(),
  };

  #refuses(): boolean {
    if (this.#host.refusals === 0) return false;
    this.#host.refusals -= 1;
    return true;
  }
}
