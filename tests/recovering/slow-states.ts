import { setTimeout as pause } from 'node:timers/promises';
import { until, type Desk, type Running } from '../end-to-end/world.ts';
import type { Place } from './place.ts';
import { switchOn } from './plant.ts';
import type { State } from './states.ts';

let desk: Desk | undefined;

/** Where runs are started that are processes of their own, to be killed and stopped. */
export const typeAt = (where: Desk): void => void (desk = where);

let run: Running;

/** A deploy, as a process, that is in the middle of its build on every host. */
const building = async (place: Place): Promise<void> => {
  if (desk === undefined) throw new Error('there is no desk');
  switchOn(place, 'slow');
  run = desk.start(['production', 'deploy', '--yes', '--same-commit', '--fabfile', 'packaged'], {
    env: { FAB_ENVIRONMENTS: place.environments },
  });
  const builds = async (host: string): Promise<boolean> =>
    (await place.fleet.host(host).exec('pgrep -f "[w]hile . -e ~/slow"')).code === 0;
  for (const host of place.hosts) await until(() => builds(host), 60, `the build on ${host}`);
};

/** Nothing of the build is left, within the lease and the two seconds in which a group is ended. */
const buildsOver = async (place: Place): Promise<void> => {
  for (const host of place.hosts)
    await until(
      async () => (await place.fleet.host(host).exec('pgrep -f "[w]hile . -e ~/slow"')).code !== 0,
      8,
      `the end of the build on ${host}`,
    );
  switchOn(place, 'slow', false);
};

let holder = '';

/** The states that need machines of their own, or patience; by their headings. */
export const slowStates: Readonly<Record<string, State>> = {
  'The machine that deploys was killed': {
    on: 'two',
    plant: async (place) => {
      await building(place);
      run.child.kill('SIGKILL');
      await run.ended;
      await buildsOver(place);
    },
    ends: [0, 0],
  },
  'The machine that deploys fell asleep': {
    on: 'two',
    plant: async (place) => {
      await building(place);
      run.child.kill('SIGSTOP');
      await buildsOver(place);
    },
    ends: [0, 0],
    meanwhile: {
      2: async () => {
        run.child.kill('SIGCONT');
        const { status } = await run.ended;
        if (status === 0) throw new Error('what slept through its lease ended well');
      },
    },
  },
  'The link to a host was cut': {
    on: 'two',
    plant: async (place) => {
      await building(place);
      await place.fleet.host('web2').cut();
      const { status } = await run.ended;
      if (status === 0) throw new Error('a run with a cut link ended well');
      await place.fleet.host('web2').heal();
      await buildsOver(place);
    },
    ends: [0, 0],
  },
  'A command of an earlier run still works': {
    on: 'two',
    plant: async (place) => {
      const { stdout } = await place.fleet
        .host('web2')
        .exec(
          'cd /home/deploy/www/production/.fab; setsid setpriv --reuid deploy --regid deploy --clear-groups flock -s work sleep 300 >/dev/null 2>&1 & echo $!',
        );
      holder = stdout.trim();
      await pause(500);
    },
    ends: [3, 0],
    meanwhile: {
      1: (place) => place.fleet.host('web2').exec(`pkill -P ${holder}; kill ${holder}`),
    },
  },
  'A disk that fills up': {
    on: 'two',
    plant: async (place) => {
      await place.fleet.host('web2').exec('touch /home/deploy/fill');
      const { status } = await place.type('fab production deploy');
      if (status !== 1) throw new Error(`exit status ${status}`);
    },
    ends: [0, 2, 0, 0],
    meanwhile: { 3: (place) => place.fleet.host('web2').exec('rm /home/deploy/fill') },
  },
  'Files of ours that belong to somebody else': {
    on: 'two',
    plant: (place) => place.fleet.host('web2').exec('chown -R root /home/deploy/www/production/.fab'),
    ends: [0, 2, 0, 0],
  },
};
