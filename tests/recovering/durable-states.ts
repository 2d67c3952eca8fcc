import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Interrupted } from '../../src/index.ts';
import { until } from '../end-to-end/world.ts';
import type { Place } from './place.ts';
import { deployElsewhere, edit, releasesOn, switchOn } from './plant.ts';
import type { State } from './states.ts';

/** A deploy with a gate and a durable step, both of which look at files in the home. */
const fabfile = `
import { command, createStep, durable, newRelease, notYet, operation, publishStep, role, sh, task } from 'fabwright';
const web = role('webworkers');
export default [
  task({
    name: 'deploy',
    description: 'Publishes after a gate and a migration.',
    release: newRelease,
    steps: [
      createStep([web]),
      command('app.code', [web], sh\`echo 1 > version.txt\`, { in: 'release' }),
      operation({
        name: 'preindex.gate',
        roles: [web],
        once: true,
        run: async ({ host }) => {
          if (await host.test(sh\`test -e ~/closed\`)) throw notYet('The preindex still runs.');
        },
      }),
      durable({
        name: 'database.migrate',
        roles: [web],
        once: true,
        command: () => sh\`echo migrating; while [ -e ~/slow ]; do sleep 0.1; done; test ! -e ~/refuse\`,
      }),
      publishStep([web]),
    ],
  }),
];
`;

/** A deploy from which somebody goes away while its migration runs. */
const leaveRunning = async (place: Place): Promise<void> => {
  place.useFabfile(fabfile);
  switchOn(place, 'slow');
  const control = new AbortController();
  let begun = false;
  const running = deployElsewhere(place, {
    observe: (event) => (begun ||= event.type === 'output' && event.line === 'migrating'),
    signal: control.signal,
  });
  await until(() => begun, 60, 'the migration');
  control.abort(new Interrupted('SIGHUP'));
  await running;
};

const stepFile = (place: Place, name: string): string =>
  place.path('web1', `releases/${releasesOn(place)[2] ?? ''}/.fab/steps/database.migrate/${name}`);

const failWith = async (place: Place, file: string, expected: number): Promise<void> => {
  place.useFabfile(fabfile);
  switchOn(place, file);
  const { status } = await deployElsewhere(place);
  if (status !== expected) throw new Error(`exit status ${status}`);
};

/** A deploy that stops a service, a file in the home, for its migration. */
const stopsForMigrating = `
import { command, createStep, during, newRelease, operation, publishStep, role, sh, task } from 'fabwright';
const web = role('webworkers');
const stop = operation({
  name: 'celery.pause',
  roles: [web],
  run: async ({ host }) => {
    await host.run(sh\`rm ~/celery\`);
    return 'celery';
  },
});
export default [
  task({
    name: 'deploy',
    description: 'Migrates while celery stands still.',
    release: newRelease,
    steps: [
      createStep([web]),
      command('app.code', [web], sh\`echo 1 > version.txt\`, { in: 'release' }),
      during({ stop, start: async (stopped, host) => host.run(sh\`touch ~/\${stopped.on(host)}\`) }, [
        command('database.migrate', [web], sh\`test ! -e ~/refuse\`),
      ]),
      publishStep([web]),
    ],
  }),
];
`;

/** As a machine leaves it that is killed while its migration runs: stopped, and no start in the journal. */
const leaveStopped = async (place: Place): Promise<void> => {
  place.useFabfile(stopsForMigrating);
  switchOn(place, 'celery');
  switchOn(place, 'refuse');
  await deployElsewhere(place);
  switchOn(place, 'refuse', false);
  switchOn(place, 'celery', false);
  for (const host of place.hosts)
    edit(place.path(host, `releases/${releasesOn(place)[2] ?? ''}/.fab/journal.jsonl`), (text) =>
      text.replace(/^.*celery\.pause:start.*\n/m, ''),
    );
};

const celeryIsUp = (place: Place): void => {
  for (const host of place.hosts) readFileSync(place.fleet.host(host).path('celery'));
};

/** Waits for somebody who reads what the step says, as `attach` does. */
const isFollowed = async (place: Place): Promise<void> => {
  const reader = `pgrep -f "^tail -c [+]1 -f ${stepFile(place, 'output')}"`;
  await until(async () => (await place.fleet.host('web1').exec(reader)).code === 0, 60, 'somebody who follows');
};

/** The states of durable steps and gates, by their headings. */
export const durableStates: Readonly<Record<string, State>> = {
  'Something was left stopped': {
    on: 'two',
    plant: leaveStopped,
    ends: [0, 0],
    meanwhile: { 2: celeryIsUp },
  },
  'A gate that is not open': {
    on: 'two',
    plant: (place) => failWith(place, 'closed', 5),
    ends: [0, 5, 0],
    meanwhile: { 2: (place) => switchOn(place, 'closed', false) },
  },
  'A durable step that runs': {
    on: 'two',
    plant: leaveRunning,
    ends: [0, 0, 0],
    meanwhile: { 1: (place) => void isFollowed(place).then(() => switchOn(place, 'slow', false)) },
  },
  'A durable step that was lost': {
    on: 'two',
    plant: async (place) => {
      await leaveRunning(place);
      switchOn(place, 'slow', false);
      const isOver = async (): Promise<boolean> =>
        !(await place.type('fab production status')).lines.join('\n').includes('runs since');
      await until(isOver, 20, 'the end of the migration');
      // As a machine leaves it that went down while it ran.
      writeFileSync(stepFile(place, 'status'), `${'running 1763700000'.padEnd(127)}\n`);
      if (!readdirSync(stepFile(place, '')).includes('session')) throw new Error('no session was recorded');
    },
    ends: [0, 1, 0],
  },
  'A durable step that failed': {
    on: 'two',
    plant: (place) => failWith(place, 'refuse', 1),
    ends: [0, 0],
    meanwhile: { 1: (place) => switchOn(place, 'refuse', false) },
  },
};
