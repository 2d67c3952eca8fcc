import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interrupted } from '../../src/index.ts';
import { until } from '../end-to-end/world.ts';
import type { Place } from './place.ts';
import {
  deployElsewhere,
  editRelease,
  leaveInterrupted,
  point,
  releasesOn,
  spoilJournal,
  switchOn,
  type Left,
} from './plant.ts';

/** One state of docs/recovering.md, and how it comes about. */
export interface State {
  /** What lies on the hosts before: nothing; two releases; a third that is complete; a third that is not. */
  readonly on: 'nothing' | 'two' | 'complete' | 'unfinished';
  /** Brings the hosts into the state. */
  plant?(place: Place): Promise<unknown> | void;
  /** The exit statuses of what is typed, in order. */
  readonly ends: readonly number[];
  /** What happens elsewhere before the line with this index is typed. */
  readonly meanwhile?: Readonly<Record<number, (place: Place) => Promise<unknown> | void>>;
}

const interrupted =
  (...left: readonly Left[]) =>
  (place: Place): void => {
    const [, over, release] = releasesOn(place);
    if (over !== undefined && release !== undefined) leaveInterrupted(place, { release, over }, left);
  };

const live = (place: Place): string => releasesOn(place)[1] ?? '';
const older = (place: Place): string => releasesOn(place)[0] ?? '';
const third = (place: Place): string => releasesOn(place)[2] ?? '';
const kill = (place: Place) => place.fleet.host('web3').kill();
const restart = (place: Place) => place.fleet.host('web3').restart();

let running: Promise<unknown> = Promise.resolve();

/** A deploy by somebody else that is in the middle of its build when this returns. */
const slowDeploy = async (place: Place, signal?: AbortSignal): Promise<void> => {
  switchOn(place, 'slow');
  let building = false;
  running = deployElsewhere(place, {
    observe: (event) => (building ||= event.type === 'command-started' && event.command.includes('slow')),
    ...(signal === undefined ? {} : { signal }),
  });
  await until(() => building, 20, 'the build');
};

/** The states that need nothing but processes and files of one user, by their headings. */
export const states: Readonly<Record<string, State>> = {
  Whole: { on: 'two', ends: [0] },
  'Nothing published yet': { on: 'nothing', ends: [0, 0] },
  'A run is at work': {
    on: 'two',
    plant: (place) => slowDeploy(place),
    ends: [0, 3, 0],
    meanwhile: {
      2: async (place) => {
        switchOn(place, 'slow', false);
        await running;
      },
    },
  },
  'A release that was not finished': { on: 'unfinished', ends: [0, 0] },
  'Interrupted by Ctrl-C': {
    on: 'two',
    plant: async (place) => {
      const control = new AbortController();
      await slowDeploy(place, control.signal);
      control.abort(new Interrupted('SIGINT'));
      const { status } = (await running) as { readonly status: number };
      if (status !== 130) throw new Error(`exit status ${status}`);
      switchOn(place, 'slow', false);
    },
    ends: [0, 0],
  },
  'Failed after publishing': {
    on: 'two',
    plant: async (place) => {
      switchOn(place, 'refuse-restart');
      const { status } = await place.type('fab production deploy');
      if (status !== 1) throw new Error(`exit status ${status}`);
    },
    ends: [0, 0],
    meanwhile: { 1: (place) => switchOn(place, 'refuse-restart', false) },
  },
  'Held ready': { on: 'two', plant: (place) => place.type('fab production deploy --hold'), ends: [0, 0] },
  'Held ready, and current has moved since': {
    on: 'two',
    plant: async (place) => {
      await place.type('fab production deploy --hold');
      await place.type('fab production rollback');
    },
    ends: [0, 2, 0],
  },
  'A release that went away under a running deploy': {
    on: 'two',
    plant: async (place) => {
      const { status } = await deployElsewhere(place, {
        observe: (event) => {
          if (event.type === 'phase' && event.name === 'prepare')
            rmSync(place.path('web2', `releases/${third(place)}`), { recursive: true });
        },
      });
      if (status !== 1) throw new Error(`exit status ${status}`);
    },
    ends: [0, 0],
  },
  'Going back over migrations': {
    on: 'two',
    plant: (place) => {
      for (const host of place.hosts)
        editRelease(place, host, live(place), (record) => ({ ...record, migrations: ['orders 0042_drop_total'] }));
    },
    ends: [2, 0],
  },

  Prepared: {
    on: 'complete',
    plant: interrupted(['prepared', 'before'], ['prepared', 'before'], ['prepared', 'before']),
    ends: [0, 0],
  },
  'Decided, and no host renamed': {
    on: 'complete',
    plant: interrupted(['decided', 'before'], ['decided', 'before'], ['decided', 'before']),
    ends: [0, 0],
  },
  'Decided, and some hosts renamed': {
    on: 'complete',
    plant: interrupted(['decided', 'after'], ['decided', 'before'], ['decided', 'before']),
    ends: [4, 0],
  },
  'On every host, and not closed': {
    on: 'complete',
    plant: interrupted(['closed', 'after', { ended: 'published' }], ['decided', 'after'], ['decided', 'after']),
    ends: [0, 0],
  },
  'Being taken back, no host is back': {
    on: 'complete',
    plant: interrupted(['undo', 'after'], ['undo', 'after'], ['decided', 'before']),
    ends: [4, 0],
  },
  'Being taken back, some hosts are back': {
    on: 'complete',
    plant: interrupted(['undo', 'before'], ['undo', 'after'], ['undo', 'before']),
    ends: [4, 0, 0],
  },
  'Given up': {
    on: 'complete',
    plant: interrupted(['aborted', 'before'], ['aborted', 'before'], ['aborted', 'before']),
    ends: [0, 0],
  },
  'A rollback that was interrupted': {
    on: 'two',
    plant: (place) => {
      const [release, over] = releasesOn(place);
      if (release !== undefined && over !== undefined)
        leaveInterrupted(place, { release, over, task: 'rollback' }, [
          ['decided', 'before'],
          ['decided', 'after'],
          ['decided', 'before'],
        ]);
    },
    ends: [4, 0],
  },
  'A host that took part cannot be asked': {
    on: 'complete',
    plant: (place) => {
      interrupted(['decided', 'after'], ['decided', 'before'], ['decided', 'before'])(place);
      return kill(place);
    },
    ends: [4, 4, 0, 4, 0],
    meanwhile: { 3: restart },
  },
  'A host with an older record comes back': {
    on: 'complete',
    plant: interrupted(
      ['closed', 'before', { ended: 'undone', epoch: 90 }],
      ['closed', 'before', { ended: 'undone', epoch: 90 }],
      ['decided', 'after'],
    ),
    ends: [4, 0],
  },

  'A host that cannot be asked': { on: 'two', plant: kill, ends: [4, 2, 0], meanwhile: { 2: restart } },
  'Left behind': {
    on: 'two',
    plant: async (place) => {
      await kill(place);
      await place.type('fab production deploy --when-unreachable leave');
      await restart(place);
    },
    ends: [4, 0],
  },
  'Moved by hand': {
    on: 'two',
    plant: (place) => point(place, 'web3', `releases/${older(place)}`),
    ends: [4, 0],
  },
  'All on different releases': {
    on: 'complete',
    plant: (place) => {
      point(place, 'web2', `releases/${older(place)}`);
      point(place, 'web3', `releases/${third(place)}`);
    },
    ends: [4, 0],
  },
  'A host whose files are gone': {
    on: 'two',
    plant: (place) => rmSync(place.path('web3', ''), { recursive: true }),
    ends: [4, 0],
  },
  'Another machine behind the name': {
    on: 'two',
    plant: (place) => {
      const file = join(place.environments, 'production', 'known_hosts');
      const lines = readFileSync(file, 'utf8').split('\n');
      const { address, port } = place.fleet.host('web2');
      const isOf = (line: string, at: string, by: number): boolean =>
        line.startsWith(`[${at}]:${by} `) || line.startsWith(`${at} `);
      const other = place.fleet.host('web1');
      const foreign = lines
        .filter((line) => isOf(line, other.address, other.port))
        .map((line) => line.split(' ').slice(1));
      const name = lines.find((line) => isOf(line, address, port))?.split(' ')[0] ?? '';
      const kept = lines.filter((line) => !isOf(line, address, port) && line !== '');
      writeFileSync(file, [...kept, ...foreign.map((key) => [name, ...key].join(' ')), ''].join('\n'));
    },
    ends: [4, 0, 0],
  },

  'current points to a release that is gone': {
    on: 'two',
    plant: (place) => rmSync(place.path('web2', `releases/${live(place)}`), { recursive: true }),
    ends: [4, 2, 0],
  },
  'current is a real directory': {
    on: 'two',
    plant: (place) => {
      rmSync(place.path('web2', 'current'));
      mkdirSync(place.path('web2', 'current'));
      writeFileSync(place.path('web2', 'current/by-hand.txt'), 'precious\n');
    },
    ends: [4, 2, 0, 0],
  },
  'current points outside': {
    on: 'two',
    plant: (place) => point(place, 'web2', '/opt/app'),
    ends: [4, 2, 0, 0],
  },
  'current points to itself': { on: 'two', plant: (place) => point(place, 'web2', 'current'), ends: [4, 0, 0] },
  'A foreign file in releases': {
    on: 'two',
    plant: (place) => writeFileSync(place.path('web2', 'releases/notes.txt'), 'precious\n'),
    ends: [0, 0],
  },
  'Two environments with one root': {
    on: 'two',
    plant: (place) => {
      place.fleet.writeEnvironment(place.environments, 'staging', {
        settings: { code_repo: join(place.environments, '../app'), root: '~/www/production' },
      });
    },
    ends: [2, 0],
    meanwhile: {
      1: (place) => {
        place.fleet.writeEnvironment(place.environments, 'staging', {
          settings: { code_repo: join(place.environments, '../app') },
        });
      },
    },
  },
  'A clock that is hours off': {
    on: 'two',
    plant: (place) =>
      place.program(
        'date',
        'case "$HOME $1" in */web2/*+%s) echo $(($(/bin/date +%s) + 7200));; *) exec /bin/date "$@";; esac',
      ),
    ends: [0, 0],
  },
  'No room': {
    on: 'complete',
    plant: (place) =>
      place.program(
        'df',
        'case "$HOME $1 $(ls ~/www/production/releases | wc -l)" in */web2/*-Pk" "[3-9]) echo; echo /dev/sda1 20000000 19999000 1000;; *) exec /bin/df "$@";; esac',
      ),
    ends: [2, 0],
  },

  'A record of a newer version': {
    on: 'two',
    plant: (place) => {
      renameSync(place.path('web2', '.fab/txn'), place.path('web2', 'txn.kept'));
      writeFileSync(place.path('web2', '.fab/txn'), '{"v":2,"phase":"who knows"}');
    },
    ends: [0, 2, 0],
    meanwhile: { 2: (place) => renameSync(place.path('web2', 'txn.kept'), place.path('web2', '.fab/txn')) },
  },
  'A record that cannot be read': {
    on: 'two',
    plant: (place) => writeFileSync(place.path('web2', '.fab/txn'), '{"v":1,"epo'),
    ends: [0, 2, 0, 0],
  },
  'A journal of a newer version': {
    on: 'unfinished',
    plant: (place) => spoilJournal(place, 'web2', third(place), '{"v":2,"step":"code.update"}'),
    ends: [0, 2, 0],
  },
  'Garbage in a journal': {
    on: 'unfinished',
    plant: (place) => spoilJournal(place, 'web2', third(place), '\u0000\u0000{"v":1,"step":"code.up'),
    ends: [0, 0],
  },
};
