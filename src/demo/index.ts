/** What the command line needs of the demo: to know its environments and to start their hosts. */
export { ensureDemoFleet } from './fleet.ts';
export { isDemoEnvironment } from './folder.ts';
