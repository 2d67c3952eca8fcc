import type * as ssh2 from 'ssh2';
import type { NodeSSH } from 'node-ssh';

/** node-ssh, which makes the connection, and the parts of ssh2 below it that it does not show. */
export interface SshLibrary {
  readonly NodeSSH: typeof NodeSSH;
  readonly ssh2: typeof ssh2;
}

let loaded: Promise<SshLibrary> | undefined;

/** Loads the library at the first connection: it costs 60 ms, which `fab -l` shall not pay. */
export const sshLibrary = (): Promise<SshLibrary> =>
  (loaded ??= Promise.all([import('node-ssh'), import('ssh2')]).then(([{ NodeSSH }, ssh2]) => ({
    NodeSSH,
    ssh2: ssh2.default as typeof ssh2,
  })));
