import { setTimeout as pause } from 'node:timers/promises';
import type { CommcareWorld } from '../fleet/world.ts';
import { startLoad, type Tally } from './client.ts';

/** Every host at once: the link changed, everything stopped, the configuration read, everything started. */
const relinkAndRestart = async ({ fleet }: CommcareWorld): Promise<void> => {
  const { plan } = fleet;
  const groups = ['webworkers', 'celery', 'pillowtop', 'proxy'];
  const hosts = [...new Set(groups.flatMap((group) => plan.all(group)))];
  const releases = (await fleet.host(hosts[0] ?? '').exec(`ls ${plan.root}/releases; readlink ${plan.root}/current`))
    .stdout;
  const names = releases.trim().split('\n');
  const target = names.slice(0, -1).findLast((name) => `releases/${name}` !== names.at(-1));
  if (target === undefined) throw new Error('there is no other release to go to');
  await Promise.all(hosts.map((name) => fleet.host(name).exec(`ln -sfn releases/${target} ${plan.root}/current`)));
  // nginx is a service of the host, which the ancestor left alone, too.
  const own = `supervisorctl status | awk '/^commcare-hq-/ { print $1 }'`;
  await Promise.all(
    hosts.map((name) =>
      fleet
        .host(name)
        .exec(
          `p=$(${own}); [ -z "$p" ] || { supervisorctl stop $p; supervisorctl reread; supervisorctl update; sleep 5; supervisorctl start $p; }`,
        ),
    ),
  );
};

/** The control: the ancestor's order on the same fleet, under the same clients. */
export const runControl = async (world: CommcareWorld): Promise<Tally> => {
  const load = startLoad({ url: world.fleet.url });
  await pause(3000);
  await relinkAndRestart(world);
  await pause(3000);
  return load.stop();
};
