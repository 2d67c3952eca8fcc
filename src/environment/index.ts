export { fabfileSetting, readEnvironment, type Environment, type EnvironmentRequest } from './environment.ts';
export { findEnvironments } from './find-environments.ts';
export { readInventory } from './inventory/inventory.ts';
export type { TypedInventory } from './inventory/typescript-inventory.ts';
export type { Origin } from './settings/given.ts';
export type { Batch, MaintenanceWindow } from './settings/special-kinds.ts';
export { catalogue, settingKeys, type SettingKey, type Settings } from './settings-catalogue.ts';
