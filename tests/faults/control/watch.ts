import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Fleet, FleetHost } from '../../fleet/index.ts';
import { pointKey, type Ambush, type Point } from '../point.ts';

/** Where every host has the script that sees its commands; a line for sshd_config. */
export const forced = 'ForceCommand $HOME/.obey';
const script = fileURLToPath(new URL('obey.pl', import.meta.url));

/** Tells a tool's commands apart: the step they belong to, and a name without times and random parts. */
export interface Names {
  step(command: string): string;
  what(command: string): string;
}

/** One run, as its commands are seen on the hosts. */
export interface Watch {
  readonly points: readonly Point[];
  readonly reached: Promise<void>;
  go(): void;
}

/**
 * Sees every command of a fleet begin and end, on the hosts: a tool that knows nothing of it is
 * counted and stopped all the same.
 */
export class Watchman {
  readonly #servers: readonly Server[];
  #points: Point[] = [];
  #ambush: Ambush | undefined;
  #reach: () => void = () => undefined;
  #standing: Socket | undefined;
  #times = new Map<string, number>();

  constructor(fleet: Fleet, uid: number, names: Names) {
    this.#servers = fleet.hosts.map((host) => this.#station(host, uid, names));
  }

  /** Starts to count anew. */
  begin(ambush: Ambush | undefined): Watch {
    this.#points = [];
    this.#times = new Map();
    this.#ambush = ambush;
    this.#standing = undefined;
    const reached = new Promise<void>((resolve) => (this.#reach = resolve));
    return { points: this.#points, reached, go: () => void this.#standing?.end('go\n') };
  }

  stop(): void {
    for (const server of this.#servers) server.close();
  }

  #station(host: FleetHost, uid: number, names: Names): Server {
    copyFileSync(script, host.path('.obey'));
    chmodSync(host.path('.obey'), 0o755);
    const server = createServer((socket) => {
      let known: Point | undefined;
      socket.setEncoding('utf8').on('error', () => undefined);
      socket.on('data', (line: string) => {
        const [side = '', ...words] = line.trimEnd().split(' ');
        known = this.#pass(side, words.join(' '), host.name, names);
        const isAmbush =
          this.#ambush?.side === side && known !== undefined && pointKey(known) === pointKey(this.#ambush.point);
        if (!isAmbush) return void socket.end('go\n');
        this.#ambush = undefined;
        this.#standing = socket;
        this.#reach();
      });
    });
    const path = host.path('.loop');
    server.listen(path, () => chownSync(path, uid, uid));
    return server;
  }

  #pass(side: string, command: string, host: string, names: Names): Point | undefined {
    const place = { step: names.step(command), what: names.what(command), host };
    const key = JSON.stringify(place);
    const nth = (this.#times.get(key) ?? 0) + (side === 'before' ? 1 : 0);
    this.#times.set(key, nth);
    const point = { ...place, nth };
    if (side === 'before') this.#points.push(point);
    return point;
  }
}
