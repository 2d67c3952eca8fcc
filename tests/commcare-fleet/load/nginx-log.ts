import { readFileSync } from 'node:fs';
import { accessLog } from '../fleet/nginx.ts';
import type { CommcareFleet } from '../fleet/commcare-fleet.ts';

/** One request as nginx has logged it. */
export interface Logged {
  readonly at: number;
  readonly status: number;
  readonly upstreamStatus: string;
  readonly client: string;
  readonly request: string;
}

/** What nginx has logged of these clients since a moment (seconds since 1970). */
export const loggedSince = (fleet: CommcareFleet, client: string, since: number): readonly Logged[] =>
  readFileSync(fleet.host(fleet.plan.first('proxy')).path(accessLog), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [at = '', status = '', upstreamStatus = '', , , , agent = '', ...request] = line.split(' ');
      return { at: Number(at), status: Number(status), upstreamStatus, client: agent, request: request.join(' ') };
    })
    .filter((each) => each.client === client && each.at >= since);

export const isGood = ({ status }: Logged): boolean => status >= 200 && status <= 299;
