import { parentOf } from './disk.ts';
import type { SimHost, SimProcess } from './sim-host.ts';
import type { Mouth } from './sim-keeper.ts';
import { builtIn } from './watch.ts';

/** What a command does when its time is over: its output, and its exit status. */
interface Effect {
  readonly name: string;
  readonly seconds: readonly [low: number, high: number];
  readonly act: (host: SimHost) => { readonly status: number; readonly output?: string };
}

/** Commands are known by their text; one that is not known is a hole in the simulation. */
const effectOf = (text: string): Effect | undefined => {
  const build = /sim-build (releases\/[\w.-]+) ([0-9a-f]{40})/.exec(text);
  if (build !== null) return building(build[1] ?? '', build[2] ?? '');
  if (text.includes('sim-restart')) return { name: 'restart', seconds: [0, 3], act: restarting };
  if (text.includes('du -sk .'))
    return { name: 'measure', seconds: [0, 1], act: () => ({ status: 0, output: '1000\n10\n-\n' }) };
  if (text.includes('.fab/trash')) return { name: 'clean', seconds: [0, 2], act: emptyTrash };
  if (text.includes('/proc/[0-9]*/fd')) return { name: 'who', seconds: [0, 1], act: done };
  return undefined;
};

const done = (): { status: number } => ({ status: 0 });

const restarting = (host: SimHost): { status: number } => {
  const status = host.failsToRestart ? 1 : 0;
  host.failsToRestart = false;
  if (status === 0) host.serves = host.disk.current;
  return { status };
};

const building = (release: string, commit: string): Effect => ({
  name: `build ${release}`,
  seconds: [1, 20],
  act: ({ disk }) => ({ status: disk.hasDirectory(release) && disk.write(builtIn(release), commit) ? 0 : 1 }),
});

const emptyTrash = ({ disk }: SimHost): { status: number } => {
  disk.remove('.fab/trash');
  return { status: 0 };
};

const overBeforeItBegan = 125;
/** The wrapper's TERM, and KILL when that is ignored. */
const longestEnd = 1300;

/** A command under its wrapper (src/session/wrapper.ts): it needs its run's locks to begin and ends with them. */
export class SimCommand implements SimProcess {
  readonly #host: SimHost;
  readonly #mouth: Mouth;
  readonly #effect: Effect;
  readonly #alive: string | undefined;
  readonly #token: object = {};
  #over = false;
  #cancel: () => void = () => undefined;

  constructor(host: SimHost, mouth: Mouth, text: string) {
    this.#host = host;
    this.#mouth = mouth;
    const effect = effectOf(text);
    if (effect === undefined) host.watch.broken(`simulation: an unknown command: ${text.slice(-200)}`);
    this.#effect = effect ?? { name: 'unknown', seconds: [0, 0], act: () => ({ status: 1 }) };
    this.#alive = /\.fab\/alive-[\w.-]+/.exec(text)?.[0];
    const fence = /"\$fab_epoch" != (\d+)/.exec(text)?.[1];
    host.processes.add(this);
    if (!this.#mayBegin(fence)) {
      this.#end(overBeforeItBegan);
      return;
    }
    if (fence !== undefined) host.working.add(this.#token);
    if (this.#alive !== undefined) this.#tellers().add(this.#lost);
    const epoch = Number(fence ?? host.disk.read('.fab/epoch') ?? 0);
    host.watch.begins(host, this.#effect.name);
    const [low, high] = this.#effect.seconds;
    this.#cancel = host.clock.after(host.chance.between(low * 1000, high * 1000), 'host', () => {
      const { status, output } = this.#effect.act(host);
      host.watch.changes(host, this.#effect.name, epoch);
      if (output !== undefined) mouth.say(output);
      this.#end(status);
    });
  }

  hear(): void {
    // Commands read nothing here.
  }

  inputEnds(): void {
    this.#lost();
  }

  kill(): void {
    if (this.#over) return;
    this.#over = true;
    this.#letGo();
  }

  #mayBegin(fence: string | undefined): boolean {
    const { locks, disk } = this.#host;
    return (
      (this.#alive === undefined || locks.has(this.#alive)) &&
      (fence === undefined || disk.read(`${parentOf(this.#alive ?? '.fab/x')}/epoch`) === fence)
    );
  }

  /** The run is over: the process group gets its TERM, and what ignores it its KILL. */
  readonly #lost = (): void => {
    if (this.#over) return;
    this.#host.clock.after(this.#host.chance.between(1, longestEnd), 'host', () => {
      if (!this.#over) this.#end(143);
    });
  };

  #end(status: number): void {
    this.#over = true;
    this.#letGo();
    this.#mouth.end(status);
  }

  #letGo(): void {
    this.#cancel();
    this.#host.processes.delete(this);
    this.#host.working.delete(this.#token);
    if (this.#alive !== undefined) this.#tellers().delete(this.#lost);
  }

  #tellers(): Set<() => void> {
    const { onFree } = this.#host;
    const key = this.#alive ?? '';
    const known = onFree.get(key) ?? new Set<() => void>();
    onFree.set(key, known);
    return known;
  }
}
