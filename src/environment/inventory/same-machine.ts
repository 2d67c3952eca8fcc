import type { Host } from '../../model/host.ts';
import { problem, type Problem } from '../../model/problem.ts';

/** Two names for one machine: a deploy would build, lock and publish there twice. */
export const sameMachine = (hosts: readonly Host[], file: string): readonly Problem[] => {
  const known = new Map<string, Host>();
  return hosts.flatMap((host) => {
    if (host.connection === 'local') return [];
    const machine = `${host.address.toLowerCase()} ${host.port ?? 22}`;
    const other = known.get(machine);
    known.set(machine, other ?? host);
    if (other === undefined) return [];
    const where = host.port === undefined ? host.address : `${host.address} port ${host.port}`;
    return [
      problem(`${other.name} and ${host.name} are the same machine (${where}).`, {
        at: { file },
        hint: 'Keep one name and put it into the groups of both.',
      }),
    ];
  });
};
