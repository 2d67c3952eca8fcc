/**
 * A machine we reach. `name` is unique in its inventory and is what every report says;
 * `address` is where the connection goes.
 */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly connection: 'ssh' | 'local';
  readonly port?: number;
  readonly user?: string;
  /** Private key file, `~` expanded, as the inventory named it. */
  readonly identityFile?: string;
  /** Extra words for `ssh -G`, from `ansible_ssh_common_args` and `ansible_ssh_extra_args`. */
  readonly sshArguments?: readonly string[];
  /** Every group the host belongs to, directly or through `:children`, sorted. */
  readonly groups: readonly string[];
  /** The remaining inventory variables, as Ansible types them. */
  readonly vars: Readonly<Record<string, unknown>>;
}
