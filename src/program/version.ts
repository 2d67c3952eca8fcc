import { readFile } from 'node:fs/promises';

/** `fabwright 0.1.0`: what release records and `--version` say. */
export const toolVersion = async (): Promise<string> => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(manifest) as { readonly name: string; readonly version: string };
  return `${name} ${version}`;
};
