import { isDemoEnvironment } from '../demo/folder.ts';

/** The demo's hosts are a process of ours: any task on them starts it again from its folders. */
export const bringUpDemo = async (environmentFolder: string): Promise<void> => {
  if (!isDemoEnvironment(environmentFolder)) return;
  const { ensureDemoFleet } = await import('../demo/fleet.ts');
  await ensureDemoFleet(environmentFolder);
};
