import { join } from 'node:path';
import { openDesk } from '../../end-to-end/world.ts';
import { fleetKinds } from '../../fleet/index.ts';
import { taskNames, type Adapter } from '../adapter.ts';
import { faultNames } from '../faults.ts';
import { commitAll } from '../application.ts';
import { openLane, type Bench } from './lane.ts';
import { writeDriver } from './program.ts';

/** This project, as it is built. */
export const fabwright = (): Adapter => {
  let bench: Bench | undefined;
  const open = (): Bench => {
    const desk = openDesk();
    const app = desk.repository('app');
    const commits = commitAll(app);
    return { desk, app, commits, driver: writeDriver(join(desk.folder, 'checkout')) };
  };
  return {
    name: 'fabwright',
    tasks: taskNames,
    faults: faultNames,
    open: (lane) => openLane((bench ??= open()), lane),
    dispose: () => bench?.desk.dispose(),
    missing: () =>
      fleetKinds().flatMap((each) => (each.kind === 'namespaces' && !each.available ? each.reason : []))[0],
  };
};
