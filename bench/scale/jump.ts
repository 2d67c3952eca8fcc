import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFleet } from '../../tests/fleet/index.ts';
import { must } from '../../tests/fleet/system.ts';
import type { Say } from '../measure/bench.ts';
import type { ControllerRun } from '../measure/controller.ts';
import { generateRepository } from '../repository/generate.ts';
import { openDesk } from './desk.ts';
import { dropsIn, failedHandshakesIn } from './hosts.ts';
import { application, settings } from './series.ts';

/** A warm deploy to hosts that are reached through one other host. */
export interface JumpRow {
  readonly hosts: number;
  readonly wall: number;
  readonly cpu: number;
  /** Logins on the jump host, and connections that it or a host behind it did not take or lost before the login. */
  readonly jumpConnections: number;
  readonly failedHandshakes: number;
  /** Of those, dropped because of MaxStartups. */
  readonly drops: number;
}

/** One stock sshd (MaxStartups 10:30:100, MaxSessions 10) in front of so many others, each with a sshd of its own. */
export const measureJump = async (count: number, say: Say): Promise<JumpRow> => {
  const desk = openDesk();
  const names = Array.from({ length: count }, (_, index) => `web${index + 1}`);
  try {
    const fleet = await startFleet({ kind: 'loopback', hosts: ['bastion', ...names] });
    const agent = await startAgent(join(desk.folder, 'agent'), fleet.keyFile);
    try {
      const { user, address, port } = fleet.host('bastion');
      const repository = await generateRepository(join(desk.folder, 'code.git'), application);
      fleet.writeEnvironment(desk.environments, 'bench', {
        groups: { webworkers: names },
        vars: { ansible_ssh_common_args: `-o ProxyJump=${user}@${address}:${port}` },
        settings: { code_repo: repository.path, ...settings },
      });
      // ProxyJump takes no key file: the jump host is logged in to with what the agent has.
      const deploy = (): Promise<ControllerRun> => desk.deploy('bench', { env: { SSH_AUTH_SOCK: agent.socket } });
      await deploy();
      await repository.advance();
      const look = () => {
        const logs = fleet.hosts.map((host) => host.log());
        const total = (counted: (log: string) => number): number => logs.reduce((sum, log) => sum + counted(log), 0);
        return {
          jumpConnections: fleet.host('bastion').connections(),
          failedHandshakes: total(failedHandshakesIn),
          drops: total(dropsIn),
        };
      };
      const before = look();
      const { wall, cpu } = await deploy();
      const after = look();
      say(`${count} hosts behind one jump host: ${wall.toFixed(1)} s`);
      return {
        hosts: count,
        wall,
        cpu,
        jumpConnections: after.jumpConnections - before.jumpConnections,
        failedHandshakes: after.failedHandshakes - before.failedHandshakes,
        drops: after.drops - before.drops,
      };
    } finally {
      await agent.stop();
      await fleet.stop();
    }
  } finally {
    desk.dispose();
  }
};

const startAgent = async (socket: string, keyFile: string) => {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const end = (): void => void child.kill();
  process.once('exit', end);
  const exit = once(child, 'exit');
  for (let tries = 0; !existsSync(socket) && tries < 200; tries += 1) await pause(10);
  must('env', [`SSH_AUTH_SOCK=${socket}`, 'ssh-add', '-q', keyFile]);
  return {
    socket,
    stop: async () => {
      process.off('exit', end);
      end();
      await exit;
    },
  };
};
