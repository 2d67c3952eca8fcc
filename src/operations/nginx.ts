import { count, text, type Session } from '../api.ts';
import { awaitGone, candidateOf, installSite, mendSite, readSite, testSite, type SitePlace } from './nginx-script.ts';
import { quietRead } from './quiet-read.ts';
import { serversIn, withDown, withoutDown, type Drained, type UpstreamServer } from './nginx-site.ts';

/** Settings of everything that takes web workers out of the balancer. */
export const nginxSettings = {
  nginx_site: text({
    description: "the proxies' file whose upstreams name the web workers; empty: none is taken out while it restarts",
    default: '',
  }),
  nginx: text({ description: 'how nginx is called', default: 'nginx' }),
  nginx_user: text({ description: 'the user that calls it; empty: the user of every other command', default: 'root' }),
  drain_timeout: count({
    description: 'seconds that a restart waits for requests which nginx had taken before',
    default: 30,
    min: 0,
  }),
} as const;

/** A type, not an interface: it is part of what operations return as JSON. */
export type NginxSettings = Readonly<{ nginx_site: string; nginx: string; nginx_user: string; drain_timeout: number }>;

/** What became of one worker on one proxy. */
export type DrainedOn =
  /** `pids`: nginx's workers that may still send it requests. */
  | { readonly kind: 'out'; readonly pids: readonly string[] }
  /** Somebody else marked it down, or an earlier run: nothing was changed. */
  | { readonly kind: 'out-before' }
  /** No other server of this upstream is up; `only`: it has no other one at all. */
  | { readonly kind: 'alone'; readonly upstream: string; readonly only: boolean };

/** nginx on one proxy. Changes of one file follow each other; whoever calls sees to that. */
export interface Proxy {
  readonly name: string;
  /** Every server of every upstream; puts right what a run that was killed left half done. */
  look(): Promise<readonly UpstreamServer[]>;
  /** The same without testing anything. */
  servers(): Promise<readonly UpstreamServer[]>;
  /**
   * Takes the lines with these addresses out of rotation.
   * @param permit may object, knowing the servers that would be left.
   */
  drain(
    addresses: readonly string[],
    by: Drained,
    permit: (left: readonly UpstreamServer[]) => Promise<void>,
  ): Promise<DrainedOn>;
  /** Until nobody can send a request that came before the drain; answers how many of nginx's workers are left. */
  settled(pids: readonly string[]): Promise<number>;
  /** Puts lines of ours back; answers their hosts. */
  putBack(is: (drained: Drained) => boolean): Promise<readonly string[]>;
}

interface Site extends SitePlace {
  readonly text: string;
  readonly checksum: string;
}

/** The door to nginx on a proxy. */
export const nginxOn = (session: Session, settings: NginxSettings): Proxy => {
  const host = settings.nginx_user === '' ? session : session.as(settings.nginx_user);
  const read = async (): Promise<Site> => {
    const [file = '', checksum = '', ...lines] = (await quietRead(host, readSite(settings.nginx_site))).split('\n');
    return { nginx: settings.nginx, file, checksum, text: lines.join('\n').slice(0, -1) };
  };
  const change = async (site: Site, content: string): Promise<readonly string[]> => {
    await host.put(content, candidateOf(site), { mode: 0o600 });
    return (await host.read(installSite(site, site.checksum))).split(/\s+/).filter((pid) => pid !== '');
  };

  return {
    name: session.name,
    look: async () => {
      const site = await read();
      await host.run(mendSite(site));
      await host.run(testSite(site));
      return serversIn((await read()).text);
    },
    servers: async () => serversIn((await read()).text),
    drain: async (addresses, by, permit) => {
      const site = await read();
      const servers = serversIn(site.text);
      const mine = servers.filter(({ address }) => addresses.includes(address));
      if (mine.length === 0) throw new Error(noLine(session.name, site.file, by.host, addresses));
      const up = mine.filter(({ down }) => !down);
      if (up.length === 0) return { kind: 'out-before' };
      const left = servers.filter(
        (each) => !each.down && !mine.includes(each) && up.some(({ upstream }) => upstream === each.upstream),
      );
      const alone = up.find(({ upstream }) => !left.some((each) => each.upstream === upstream));
      if (alone !== undefined) {
        const { upstream } = alone;
        const only = servers.every((each) => each.upstream !== upstream || mine.includes(each));
        return { kind: 'alone', upstream, only };
      }
      await permit(left);
      const lines = up.map(({ line }) => line);
      return { kind: 'out', pids: await change(site, withDown(site.text, lines, by)) };
    },
    settled: async (pids) =>
      pids.length === 0
        ? 0
        : Number(await host.within(settings.drain_timeout + 30).read(awaitGone(pids, settings.drain_timeout))),
    putBack: async (is) => {
      const site = await read();
      const ours = serversIn(site.text).filter(({ drained }) => drained !== undefined && is(drained));
      if (ours.length === 0) return [];
      const lines = ours.map(({ line }) => line);
      await change(site, withoutDown(site.text, lines));
      return [...new Set(ours.flatMap(({ drained }) => (drained === undefined ? [] : [drained.host])))];
    },
  };
};

export const noLine = (proxy: string, file: string, host: string, addresses: readonly string[]): string =>
  `${file} on ${proxy} has no line of its own for ${host} (server ${addresses.join(' or ')};), so it cannot be taken out of rotation.`;
