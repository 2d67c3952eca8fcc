import { openDesk } from '../../end-to-end/world.ts';
import type { Adapter } from '../adapter.ts';
import { commitAll } from '../application.ts';
import { openControlLane, type Bench, type OtherTool } from './lane.ts';

/** Another tool for the same loop. What needs a lease or a journal does not apply to it. */
export const controlOf = (tool: OtherTool): Adapter => {
  let bench: Bench | undefined;
  const open = (): Bench => {
    const desk = openDesk();
    const app = desk.repository('app');
    commitAll(app);
    return { desk, app };
  };
  return {
    name: tool.name,
    tasks: tool.tasks,
    faults: ['kill-before', 'kill-after', 'cut', 'shell', 'host-kill', 'reboot', 'disk-full'],
    // A shell is killed before its command began: afterwards there is none.
    sides: { shell: 'before' },
    open: (lane) => openControlLane(tool, (bench ??= open()), lane),
    dispose: () => bench?.desk.dispose(),
    missing: () => tool.missing(),
  };
};
