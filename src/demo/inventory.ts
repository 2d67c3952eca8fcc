/** One host of the fleet, as the inventory has it. */
export interface DemoHost {
  readonly name: string;
  /** Where it speaks SSH. */
  readonly port: number;
  /** Where its web application answers. */
  readonly appPort: number;
}

const hostLine = /^([a-z][\w-]*)[ \t]+ansible_port=(\d+)[ \t]+app_port=(\d+)[ \t]*$/gm;

/** The hosts that the fleet has to play: every line `NAME ansible_port=N app_port=N`. */
export const demoHosts = (inventory: string): readonly DemoHost[] =>
  [...inventory.matchAll(hostLine)].map(([, name = '', port, appPort]) => ({
    name,
    port: Number(port),
    appPort: Number(appPort),
  }));

const lineOf = ({ name, port, appPort }: DemoHost): string => `${name} ansible_port=${port} app_port=${appPort}`;

/** The same inventory with the ports of these hosts; everything else stays as a person wrote it. */
export const withPorts = (inventory: string, hosts: readonly DemoHost[]): string =>
  inventory.replaceAll(hostLine, (line, name: string) => {
    const host = hosts.find((each) => each.name === name);
    return host === undefined ? line : lineOf(host);
  });

/** A new inventory; `key` is relative to its folder. */
export const inventoryText = (hosts: readonly DemoHost[], key: string): string =>
  `# The demo fleet: hosts on this machine, each a port and a home of its own. Any \`fab demo …\` starts
# it, and reads its ports from here.
[web]
${hosts.map(lineOf).join('\n')}

[web:vars]
ansible_connection=ssh
ansible_host=127.0.0.1
ansible_user=demo
# A person's own ssh configuration may send every connection through a jump host: not these.
ansible_ssh_common_args=-F none
ansible_ssh_private_key_file=${key}
`;
