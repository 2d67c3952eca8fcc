import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The demo's hosts are a process of ours: any task on them starts it again from its folders. */
export const bringUpDemo = async (environmentFolder: string): Promise<void> => {
  if (!existsSync(join(environmentFolder, 'demo-fleet'))) return;
  const { ensureDemoFleet } = await import('../demo/fleet.ts');
  await ensureDemoFleet(environmentFolder);
};
