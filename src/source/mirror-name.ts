import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `https://u:token@host/a.git` → `https://host/a.git`: a new token is not a new repository. */
const withoutUser = (url: string): string => url.replace(/^(https?:\/\/)[^/]*@/i, '$1');

/** The name of a repository's mirror: readable, and one per URL. The same on the controller and on hosts. */
export const mirrorName = (url: string): string => {
  const last = url
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:\\]/)
    .at(-1);
  const slug = (last ?? '').replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '');
  const hash = createHash('sha256').update(withoutUser(url)).digest('hex').slice(0, 12);
  return `${slug === '' ? 'repo' : slug.slice(0, 40)}-${hash}.git`;
};

/** Where the controller keeps its mirrors: the user's cache folder. */
export const defaultCacheDirectory = (env: NodeJS.ProcessEnv = process.env): string => {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'fabwright', 'repos');
};
