/**
 * Addresses and link names of namespace fleets. 198.18.0.0/15 is set aside for test beds (RFC 2544), so
 * no real network has it; each fleet takes 1,024 addresses of it.
 */
export const lastFleet = 127;
const width = 22;

const dotted = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const at = (fleet: number, offset: number): string => dotted(198 * 2 ** 24 + 18 * 2 ** 16 + fleet * 1024 + offset);
const hex = (number: number): string => number.toString(16).padStart(2, '0');
const hardware = (fleet: number, offset: number): string =>
  `02:fb:00:${hex(fleet)}:${hex(offset >> 8)}:${hex(offset & 255)}`;

export const bridge = (fleet: number): string => `fab${fleet}br`;
export const link = (fleet: number, host: number): string => `fab${fleet}h${host}`;
export const controllerAddress = (fleet: number): string => at(fleet, 1);
export const hostAddress = (fleet: number, host: number): string => at(fleet, 11 + host);

/** What the first process of a host needs to configure its end. */
export const hostWords = (fleet: number, host: number): readonly string[] => [
  `${hostAddress(fleet, host)}/${width}`,
  controllerAddress(fleet),
  hardware(fleet, 1),
];

/** Lines for `ip -batch`: the network of a fleet. Fails at the first line where the number is taken. */
export const bridgeLines = (fleet: number): string =>
  [
    `link add ${bridge(fleet)} address ${hardware(fleet, 1)} type bridge forward_delay 0`,
    `addr add ${controllerAddress(fleet)}/${width} dev ${bridge(fleet)}`,
    `link set ${bridge(fleet)} up`,
    '',
  ].join('\n');

/**
 * Lines for `ip -batch`: a host's cable, into the namespace of process `pid`. The neighbour entry is
 * permanent so that a dead host is silent: nobody here says "no route to host" in its place.
 */
export const cableLines = (fleet: number, host: number, pid: number): string =>
  [
    `link add ${link(fleet, host)} type veth peer name eth0 address ${hardware(fleet, 11 + host)} netns ${pid}`,
    `link set ${link(fleet, host)} master ${bridge(fleet)} up`,
    `neigh replace ${hostAddress(fleet, host)} lladdr ${hardware(fleet, 11 + host)} dev ${bridge(fleet)} nud permanent`,
    '',
  ].join('\n');
