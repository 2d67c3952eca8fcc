import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Service } from './service.ts';

export const stubPort = 8090;
const data = '/var/lib/commcare-stub';

const folder = fileURLToPath(new URL('../../../examples/commcare/stubs', import.meta.url));

/** Stands in for what Debian has no packages for: CouchDB, Elasticsearch, Kafka. */
export const stub: Service = {
  name: 'stub',
  groups: ['couchdb2', 'elasticsearch', 'kafka'],
  port: stubPort,
  program: () => ({
    name: 'stub',
    command: `/usr/bin/python3 /opt/commcare/stubs --bind 0.0.0.0 --port ${stubPort} --data ${data}`,
    user: 'nobody',
  }),
  atBoot: [`install -d -o nobody ${data}`],
  files: () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.py'))
      .map((name) => ({ path: `/opt/commcare/stubs/${name}`, text: readFileSync(join(folder, name), 'utf8') })),
};
