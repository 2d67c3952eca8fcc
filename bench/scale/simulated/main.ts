// The process of a simulated fleet, started by fleet.ts: its argument is a Stage as JSON. It tells where its hosts are,
// answers every question with what they have seen, and ends when whoever started it has ended.
import { playHosts, type PlayedHost, type Stage } from './hosts.ts';
import type { Tally } from './ssh-server.ts';

/** What the process says: first where its hosts are, then what they have seen, once per question. */
export type Said = { readonly hosts: readonly PlayedHost[] } | { readonly tallies: readonly Tally[] };

process.umask(0o022);
const playing = await playHosts(JSON.parse(process.argv[2] ?? '') as Stage);
const say = (said: Said): void => void process.send?.(said);
process.on('message', () => say({ tallies: playing.tallies }));
process.once('disconnect', () => playing.close());
// Whoever interrupts the bench interrupts it here, too; then the channel is closed, and that ends it.
process.on('SIGINT', () => undefined);
say({ hosts: playing.hosts });
