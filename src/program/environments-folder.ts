import { resolve } from 'node:path';

/** Where environments are looked for. */
export const environmentsFolder = (
  given: string | undefined,
  variables: Readonly<Record<string, string | undefined>> = process.env,
  directory = process.cwd(),
): string => resolve(directory, given ?? (variables['FAB_ENVIRONMENTS'] || 'environments'));
