import { readlink } from 'node:fs/promises';
import { get } from 'node:http';
import { basename, join } from 'node:path';
import type { DemoFolder } from './folder.ts';
import type { DemoHost } from './inventory.ts';

/** Where the demo's releases lie in a host's home. */
export const demoRoot = (folder: DemoFolder, host: string): string => join(folder.home(host), 'www', 'demo');

/** What one host shows, on its disk and to the world. */
export interface HostAnswer {
  readonly host: string;
  readonly url: string;
  /** The release that `current` names; nothing when there is no such link. */
  readonly linked: string | undefined;
  /** What its application says; nothing when it does not answer. */
  readonly served: { readonly release: string; readonly version: string } | undefined;
}

/** Asks every host, on its disk and on its port. */
export const askHosts = (folder: DemoFolder, hosts: readonly DemoHost[]): Promise<readonly HostAnswer[]> =>
  Promise.all(
    hosts.map(async ({ name, appPort }) => {
      const url = `http://127.0.0.1:${appPort}/release`;
      const [linked, served] = await Promise.all([linkOf(demoRoot(folder, name)), ask(url)]);
      return { host: name, url, linked, served };
    }),
  );

const linkOf = async (root: string): Promise<string | undefined> => {
  try {
    return basename(await readlink(join(root, 'current')));
  } catch {
    return undefined;
  }
};

const ask = async (url: string): Promise<HostAnswer['served']> => {
  try {
    const said: unknown = JSON.parse(await bodyOf(url));
    return isServed(said) ? { release: said.release, version: said.version } : undefined;
  } catch {
    return undefined;
  }
};

const isServed = (said: unknown): said is { release: string; version: string } =>
  typeof said === 'object' &&
  said !== null &&
  'release' in said &&
  typeof said.release === 'string' &&
  'version' in said &&
  typeof said.version === 'string';

const bodyOf = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    // No agent: a kept connection would be that of a server which the next deploy ends.
    const request = get(url, { agent: false, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });

/** What is wrong with these answers, as sentences: all must serve `version` from one release, the linked one. */
export const wrongWith = (answers: readonly HostAnswer[], version: string): readonly string[] => {
  const releases = new Set(answers.map(({ linked }) => linked));
  return [
    ...answers.flatMap(({ host, url, linked, served }) => {
      if (linked === undefined) return [`${host} has no release.`];
      if (served === undefined) return [`${host} does not answer at ${url}.`];
      if (served.release !== linked) return [`${host} serves ${served.release}, but its current is ${linked}.`];
      return served.version === version ? [] : [`${host} serves "${served.version}", not "${version}".`];
    }),
    ...(releases.size > 1 ? [`The hosts are on ${releases.size} different releases.`] : []),
  ];
};
