import { spawnSync } from 'node:child_process';
import { find, systemPath } from './system.ts';
import type { FleetKind } from './types.ts';

/** Whether this machine can run a kind of fleet, or the reason why not. */
export type KindReport =
  | { readonly kind: FleetKind; readonly available: true }
  | { readonly kind: FleetKind; readonly available: false; readonly reason: string };

const missing = (programs: readonly string[]): string | undefined => {
  const absent = programs.filter((program) => find(program) === undefined);
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
};

/** Does, in a namespace that is gone right after, what a host does. */
const trial = `
mount -t tmpfs trial /tmp && mkdir /tmp/upper /tmp/work /tmp/root /tmp/proc &&
mknod /tmp/upper/bin c 0 0 && mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work trial /tmp/root &&
test ! -e /tmp/root/bin && mount -t proc proc /tmp/proc &&
ip link add trial type bridge && ip link add trial0 type veth peer name trial1`;

const refusal = (): string | undefined => {
  const words = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', 'sh', '-c', trial];
  const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8', env: { PATH: systemPath } });
  if (status === 0) return undefined;
  return `the kernel or a container refuses: ${stderr.trim().split('\n')[0] ?? 'no reason given'}`;
};

const why = (kind: FleetKind): string | undefined => {
  if (process.platform !== 'linux') return 'needs Linux';
  const ssh = missing(['sshd', 'ssh', 'ssh-keygen']);
  if (ssh !== undefined || kind === 'loopback') return ssh;
  if (process.getuid?.() !== 0) return 'needs root';
  return missing(['ip', 'unshare', 'nsenter', 'pivot_root', 'mount', 'sudo']) ?? refusal();
};

const report = (kind: FleetKind): KindReport => {
  const reason = why(kind);
  return reason === undefined ? { kind, available: true } : { kind, available: false, reason };
};

let reports: readonly KindReport[] | undefined;

/** Every kind of fleet; tried once per process. */
export const fleetKinds = (): readonly KindReport[] => (reports ??= [report('loopback'), report('namespaces')]);
