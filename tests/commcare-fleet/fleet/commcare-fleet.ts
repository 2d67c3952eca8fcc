import { basename, join } from 'node:path';
import { startFleet, type Fleet } from '../../fleet/index.ts';
import { commcarePackages, packageLayer } from '../../fleet/layer.ts';
import { copyEnvironment, type RunSettings } from './environment-copy.ts';
import { readPlan, type FleetPlan } from './plan.ts';
import { whenReady } from './ready.ts';
import { filesOf, servicesOf } from './services.ts';

export interface CommcareFleetOptions {
  /** The folder that describes the fleet. */
  readonly environment: string;
  /** Leave it running when this process ends. */
  readonly keep?: boolean;
}

/** A CommCare fleet that runs: databases, queues and a proxy for real, and nothing deployed yet. */
export interface CommcareFleet extends Fleet {
  readonly plan: FleetPlan;
  /** Where a browser finds it. */
  readonly url: string;
  /** Waits until what a host runs of its own answers: after a restart. */
  ready(host: string): Promise<void>;
  /** Writes the environment folder with this fleet's addresses; `settings` come on top of its own. Returns it. */
  writeCopy(environments: string, settings: RunSettings): string;
}

/** Starts the fleet that an environment folder describes; resolves when its services answer. */
export const startCommcareFleet = async ({ environment, keep }: CommcareFleetOptions): Promise<CommcareFleet> => {
  const plan = await readPlan(environment);
  const place = (name: string) => plan.hosts.find((host) => host.name === name) ?? { name, groups: [] };
  const fleet = await startFleet({
    kind: 'namespaces',
    hosts: plan.hosts.map(({ name }) => name),
    layers: [packageLayer(commcarePackages)],
    sharedDirectory: true,
    files: ({ name }, all) => filesOf(plan, place(name), all),
    ...(keep === undefined ? {} : { keep }),
  });
  const ready = (name: string): Promise<void> => whenReady(fleet, name, servicesOf(place(name)));
  try {
    await Promise.all(plan.hosts.map(({ name }) => ready(name)));
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return {
    ...fleet,
    plan,
    url: `http://${fleet.host(plan.first('proxy')).address}/`,
    ready,
    writeCopy: (environments, settings) => {
      const folder = join(environments, basename(environment));
      copyEnvironment(environment, folder, fleet, settings);
      return folder;
    },
  };
};
