import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet, type Fleet } from '../../tests/fleet/index.ts';
import { read } from '../../tests/fleet/state.ts';
import type { Say } from '../measure/bench.ts';
import type { ControllerRun } from '../measure/controller.ts';
import { MeasuredHosts } from '../measure/hosts.ts';
import { openDesk } from '../scale/desk.ts';
import { generateRepository, type Shape } from './generate.ts';
import { stepTimes, type StepTimes } from './step-times.ts';

/** What one deploy cost. */
export interface Cost {
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
  /** Of one host. */
  readonly hostsCpu: number;
  /** Bytes of all packets to one host. */
  readonly sent: number;
  /** Seconds of the slowest host, as the summary has them. */
  readonly steps: StepTimes;
}

/** Deploys of one repository. */
export interface Row {
  readonly shape: Shape;
  readonly cold: Cost;
  readonly warm: readonly Cost[];
}

const hostCount = 3;

/** Each with a network of its own, so that what is sent to it can be counted. */
export const measureSize = async (shape: Shape, rounds: number, say: Say): Promise<Row> => {
  const desk = openDesk();
  try {
    const repository = await generateRepository(join(desk.folder, 'code.git'), shape);
    const fleet = await startFleet({ kind: 'namespaces', hosts: hostCount });
    try {
      // Two are kept, so that from the third deploy on each one deletes a release, as it would in the long run.
      fleet.writeEnvironment(desk.environments, 'bench', {
        settings: { code_repo: repository.path, keep_releases: 2, shared_paths: ['log/'], build: ['mkdir -p out'] },
      });
      const hosts = new MeasuredHosts(fleet);
      try {
        const deploy = (): Promise<Cost> => measured(fleet, hosts, () => desk.deploy('bench'));
        const cold = await deploy();
        for (let unmeasured = 0; unmeasured < 2; unmeasured += 1) {
          await repository.advance();
          await deploy();
        }
        const warm: Cost[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          await repository.advance();
          warm.push(await deploy());
          say(`${nameOf(shape)}, warm, ${round} of ${rounds}: ${warm.at(-1)?.wall.toFixed(1) ?? ''} s`);
        }
        return { shape, cold, warm };
      } finally {
        await hosts.remove();
      }
    } finally {
      await fleet.stop();
    }
  } finally {
    desk.dispose();
  }
};

/** `1,500 files, 100 commits`. */
export const nameOf = ({ files, commits }: Shape): string =>
  `${files.toLocaleString('en')} files, ${commits.toLocaleString('en')} commits`;

const measured = async (fleet: Fleet, hosts: MeasuredHosts, deploy: () => Promise<ControllerRun>): Promise<Cost> => {
  await hosts.settled(20);
  const [cpuBefore, sentBefore] = [hosts.cpuSeconds(), sentTo(fleet)];
  const { wall, cpu, said } = await deploy();
  await hosts.settled(20);
  return {
    wall,
    cpu,
    hostsCpu: (hosts.cpuSeconds() - cpuBefore) / hostCount,
    sent: (sentTo(fleet) - sentBefore) / hostCount,
    steps: stepTimes(said),
  };
};

/** What left this machine by the hosts' cables so far. */
const sentTo = (fleet: Fleet): number =>
  (read(fleet.folder)?.links ?? [])
    .slice(1)
    .reduce((sum, link) => sum + Number(readFileSync(`/sys/class/net/${link}/statistics/tx_bytes`, 'utf8')), 0);
