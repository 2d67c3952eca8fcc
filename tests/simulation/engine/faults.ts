import type { Controller } from './controller.ts';
import type { World } from './world.ts';

/** When a fault happens: at the n-th message of a run, or at the n-th time that a word is said to a keeper. */
type Moment = { readonly message: number } | { readonly word: string; readonly nth: number };

type Sort =
  | 'killed'
  | 'killed, links cut'
  | 'stopped'
  | 'interrupted'
  | 'link cut'
  | 'connection reset'
  | 'host crashes'
  | 'keeper killed'
  | 'disk full'
  | 'rename refused'
  | 'restart fails';

export interface Fault {
  readonly at: Moment;
  readonly sort: Sort;
  readonly host: string;
  readonly milliseconds: number;
}

const sorts: readonly Sort[] = [
  'killed',
  'killed',
  'killed',
  'killed, links cut',
  'stopped',
  'interrupted',
  'link cut',
  'link cut',
  'connection reset',
  'host crashes',
  'host crashes',
  'keeper killed',
  'disk full',
  'rename refused',
  'rename refused',
  'restart fails',
];

/** The words around the swap: most faults belong there. */
const words: readonly string[] = ['prepare', 'decide', 'decide', 'commit', 'commit', 'close'];
/** What these change is asked for later. */
const early: readonly Sort[] = ['rename refused', 'restart fails'];
/** Said only after something has gone wrong; a fault for one of them comes on top of another. */
const lateWords: readonly string[] = ['undo', 'back', 'abort', 'close'];

export const chooseFaults = (world: World, most: number): readonly Fault[] => {
  const { chance } = world;
  const count = chance.is(0.1) ? 0 : chance.between(1, most);
  const first = Array.from({ length: count }, () => faultAt(world, chance.pick(sorts), words));
  // What goes wrong while a refused rename is being undone, or a failed start given up.
  return chance.is(0.2)
    ? [...first, faultAt(world, 'rename refused', ['prepare']), faultAt(world, chance.pick(sorts), lateWords)]
    : first;
};

const faultAt = ({ chance, hosts }: World, sort: Sort, among: readonly string[]): Fault => ({
  sort,
  at: chance.is(0.75)
    ? { word: early.includes(sort) ? 'prepare' : chance.pick(among), nth: chance.between(1, hosts.length) }
    : { message: chance.between(1, hosts.length * 30) },
  host: chance.pick(hosts).name,
  milliseconds: chance.pick([500, 5000, 12_000, 20_000, 90_000]),
});

export const isDue = ({ at }: Fault, sent: { word: string; count: number; nth: number }): boolean =>
  'message' in at ? at.message === sent.count : at.word === sent.word && at.nth === sent.nth;

export const cause = (world: World, controller: Controller, { sort, host, milliseconds }: Fault): void => {
  const { clock, watch } = world;
  watch.tell(`${clock.elapsed} ** ${sort}, ${host}, ${milliseconds} ms`);
  const machine = world.host(host);
  const link = controller.links.find((each) => each.host.name === host);
  switch (sort) {
    case 'killed':
      return controller.kill();
    case 'killed, links cut':
      for (const { host: other } of controller.links) world.cut(other.name, milliseconds);
      return controller.kill();
    case 'stopped':
      return clock.stopController(milliseconds);
    case 'interrupted':
      return controller.interrupt();
    case 'link cut':
      return world.cut(host, milliseconds);
    case 'connection reset':
      return link?.lose();
    case 'host crashes':
      return world.crash(host, milliseconds);
    case 'keeper killed':
      return link?.killKeeper();
    case 'disk full':
      machine.disk.full = true;
      clock.after(milliseconds, 'host', () => {
        machine.disk.full = false;
      });
      return;
    case 'rename refused':
      machine.refusals += 1;
      return;
    case 'restart fails':
      machine.failsToRestart = true;
  }
};
