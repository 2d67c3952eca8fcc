import { Readable, Writable } from 'node:stream';
import type { Host } from '../../../src/model/host.ts';
import { ConnectionLost } from '../../../src/transport/errors.ts';
import type { Channel, Connection, Ending } from '../../../src/transport/transport.ts';
import type { SimHost, SimProcess } from './sim-host.ts';
import { SimCommand } from './sim-command.ts';
import { SimKeeper, type Mouth } from './sim-keeper.ts';
import { surveyText } from './survey-text.ts';

/** ssh's own keepalive notices a silent link after so long. */
const keepaliveMilliseconds = 10_000;

/** How fast a link is, and what its controller does with each message that it sends. */
export interface LinkOptions {
  readonly host: Host;
  readonly machine: SimHost;
  /** Names the run in traces. */
  readonly run: string;
  /** Of a hundred messages, so many take seconds. */
  readonly slowPercent: number;
  /** Called before each message leaves; the word is that of a keeper, or what else it is. */
  readonly onSend: (host: string, word: string) => void;
}

type Direction = 'there' | 'back';

/** One controller's connection to one host: in each direction, messages arrive in their order or not at all. */
export class Link implements Connection {
  readonly host: Host;
  readonly lost: Promise<Error | undefined>;
  readonly #options: LinkOptions;
  readonly #boots: number;
  readonly #channels = new Set<SimChannel>();
  readonly #last: Record<Direction, number> = { there: 0, back: 0 };
  readonly #held: Record<Direction, (() => void)[]> = { there: [], back: [] };
  #isCut = false;
  #isGone = false;
  #tellLost: (why: Error | undefined) => void = () => undefined;

  constructor(options: LinkOptions) {
    this.host = options.host;
    this.#options = options;
    this.#boots = options.machine.boots;
    this.lost = new Promise((resolve) => (this.#tellLost = resolve));
  }

  async open(): Promise<Channel> {
    if (this.#isGone) throw new ConnectionLost(`${this.host.name}: the connection was lost`);
    const channel = new SimChannel(this);
    this.#channels.add(channel);
    return channel;
  }

  ahead(): void {
    return;
  }

  /** What the survey prints there. */
  survey(): Promise<string> {
    return new Promise((resolve, reject) => {
      void this.lost.then(() => reject(new ConnectionLost(`${this.host.name}: the connection was lost`)));
      this.send('survey', () => this.answer(() => resolve(surveyText(this.machine))));
    });
  }

  async close(): Promise<void> {
    this.#leave(undefined);
  }

  get machine(): SimHost {
    return this.#options.machine;
  }

  get run(): string {
    return this.#options.run;
  }

  /** Neither side hears the other; what was sent is sent again when the link heals. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.machine.clock.after(keepaliveMilliseconds, 'controller', () => {
      if (this.#isCut) this.lose();
    });
  }

  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    for (const direction of ['there', 'back'] as const)
      this.machine.clock.after(this.machine.chance.between(1, 8), side(direction), () => this.#letGo(direction));
  }

  /** In their order, and before whatever has arrived behind them. */
  #letGo(direction: Direction): void {
    if (this.#isCut) return;
    for (const act of this.#held[direction].splice(0)) this.#arrive(direction, act);
  }

  #arrive(direction: Direction, act: () => void): void {
    const { machine } = this.#options;
    if (direction === 'back' ? !this.#isGone : machine.isUp && machine.boots === this.#boots) act();
  }

  /** The controller has no connection any more: it was killed, or it noticed. What was sent may still arrive. */
  lose(): void {
    this.#leave(new ConnectionLost(`${this.host.name}: the connection was lost`));
  }

  /** The host is gone: nobody says so, and the keepalive finds it out. */
  hostGone(): void {
    this.machine.clock.after(keepaliveMilliseconds, 'controller', () => this.lose());
  }

  /** SIGKILL for the keeper alone: sshd tells that a signal ended it. */
  killKeeper(): void {
    for (const channel of this.#channels) channel.killKeeper();
  }

  /** To the host. */
  send(word: string, act: () => void): void {
    if (this.#hasLeft()) return;
    this.#options.onSend(this.host.name, word);
    // Its controller may have been killed by this very message.
    if (!this.#hasLeft()) this.#transmit('there', act);
  }

  /** To the controller. */
  answer(act: () => void): void {
    this.#transmit('back', act);
  }

  forget(channel: SimChannel): void {
    this.#channels.delete(channel);
  }

  #hasLeft(): boolean {
    return this.#isGone;
  }

  #leave(why: Error | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const channels = [...this.#channels];
    this.#transmit('there', () => channels.forEach((channel) => channel.hostSide?.inputEnds()));
    for (const channel of channels) channel.lose();
    this.#tellLost(why);
  }

  #transmit(direction: Direction, act: () => void): void {
    const { machine, slowPercent } = this.#options;
    const { clock, chance } = machine;
    const delay = chance.below(100) < slowPercent ? chance.between(100, 6000) : chance.between(1, 8);
    const at = Math.max(this.#last[direction], clock.now + delay);
    this.#last[direction] = at;
    clock.after(at - clock.now, side(direction), () => {
      // Nothing overtakes what still waits for the link.
      if (this.#isCut || this.#held[direction].length > 0) this.#held[direction].push(act);
      else this.#arrive(direction, act);
    });
  }
}

const side = (direction: Direction): 'host' | 'controller' => (direction === 'there' ? 'host' : 'controller');

/** One command over a link: the program arrives as the first line of its input. */
class SimChannel implements Channel {
  readonly input: Writable;
  readonly output = new Readable({ read: () => undefined });
  readonly errors = new Readable({ read: () => undefined });
  readonly ended: Promise<Ending>;
  hostSide: SimProcess | undefined;
  readonly #link: Link;
  #isClosed = false;
  #settle: { resolve: (ending: Ending) => void; reject: (why: Error) => void } | undefined;

  constructor(link: Link) {
    this.#link = link;
    this.ended = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Closed from here it is still told when the link goes: nobody waits for ever.
    const forget = (): void => link.forget(this);
    this.ended.then(forget, forget);
    this.input = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        this.#send(String(chunk));
        done();
      },
      final: (done) => {
        link.send('end of input', () => this.hostSide?.inputEnds());
        done();
      },
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#finish();
    this.#link.send('close', () => this.hostSide?.inputEnds());
  }

  lose(): void {
    this.#finish();
    this.#settle?.reject(new ConnectionLost(`${this.#link.host.name}: the connection was lost`));
  }

  killKeeper(): void {
    if (!(this.hostSide instanceof SimKeeper)) return;
    this.hostSide.kill();
    this.#mouth.end(-1);
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.output.push(null);
    this.errors.push(null);
  }

  #send(text: string): void {
    const word = this.#isStarted ? (text.split(/[ \n]/, 1)[0] ?? '') : 'program';
    const isProgram = !this.#isStarted;
    this.#isStarted = true;
    this.#link.send(word, () => {
      if (isProgram) this.#start(text);
      else this.hostSide?.hear(text);
    });
  }
  #isStarted = false;

  /** The line is the program as wrapper.ts sends it: what tells programs apart can be read in it as it is. */
  #start(line: string): void {
    const { machine, run } = this.#link;
    this.#mouth.say(`${/'(fab [0-9a-f]{16})'/.exec(line)?.[1] ?? ''}\n`);
    const lease = line.includes('exec perl -e') ? / (\d+)\n$/.exec(line.slice(-8))?.[1] : undefined;
    this.hostSide =
      lease === undefined
        ? new SimCommand(machine, this.#mouth, line)
        : new SimKeeper(machine, this.#mouth, Number(lease), run);
  }

  /** A status below zero stands for a signal. */
  readonly #mouth: Mouth = {
    say: (text) =>
      this.#link.answer(() => {
        if (!this.#isClosed) this.output.push(text);
      }),
    end: (status) =>
      this.#link.answer(() => {
        this.#finish();
        this.#settle?.resolve(status >= 0 ? { kind: 'exit', code: status } : { kind: 'signal', signal: 'SIGKILL' });
      }),
  };
}
