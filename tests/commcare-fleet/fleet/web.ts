import { readFileSync } from 'node:fs';
import type { CommcareFleet } from './commcare-fleet.ts';

/** Host by host, the commit that each web worker says it runs. @throws where one does not answer */
export const commitsOnWeb = async (fleet: CommcareFleet): Promise<Readonly<Record<string, string>>> => {
  const { plan } = fleet;
  const answers = plan.all('webworkers').map(async (name) => {
    const answer = await fetch(`http://${fleet.host(name).address}:${plan.webPort}/version`);
    return [name, ((await answer.json()) as { readonly commit: string }).commit] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
};

/** What nginx on the proxy is told of the web workers. */
export const proxySite = (fleet: CommcareFleet): string =>
  readFileSync(fleet.host(fleet.plan.first('proxy')).path('/etc/nginx/sites-enabled/commcare'), 'utf8');

/** Whether some web worker is out of rotation. */
export const isDrained = (fleet: CommcareFleet): boolean => /\sdown;/.test(proxySite(fleet));
