export { attachFleet, removeFleet, startFleet } from './fleet.ts';
export { fleetKinds, type KindReport } from './kinds.ts';
export type { Answer, EnvironmentOptions, Fleet, FleetHost, FleetKind, FleetOptions, FleetUser } from './types.ts';
