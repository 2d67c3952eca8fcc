import { login, type Service } from './service.ts';

const data = '/var/lib/postgresql/fleet';

/** A cluster of its own, made at the first start; what is half made is made again. */
const start = `#!/bin/sh
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
if [ ! -d ${data} ]; then
  rm -rf ${data}.new
  "$bin/initdb" -D ${data}.new --username=postgres --auth=scram-sha-256 --pwfile=/etc/fleet/postgresql.password \\
    --encoding=UTF8 --locale=C.UTF-8 --no-sync
  "$bin/postgres" --single -D ${data}.new postgres <<END
CREATE ROLE ${login.user} LOGIN PASSWORD '${login.password}'
CREATE DATABASE ${login.database} OWNER ${login.user}
END
  mv ${data}.new ${data}
fi
exec "$bin/postgres" -D ${data} -c config_file=/etc/fleet/postgresql.conf
`;

const config = `data_directory = '${data}'
hba_file = '/etc/fleet/pg_hba.conf'
listen_addresses = '*'
max_connections = 120
shared_buffers = 32MB
unix_socket_directories = '/tmp'
`;

/** The local login is for people and tests; the fleet's hosts give the password. */
const access = `local all all peer
host all all all scram-sha-256
`;

/** PostgreSQL, from initdb on. */
export const postgresql: Service = {
  name: 'postgresql',
  groups: ['postgresql'],
  port: 5432,
  program: () => ({
    name: 'postgresql',
    command: '/usr/local/sbin/fleet-postgresql',
    user: 'postgres',
    // Ends sessions instead of waiting for them.
    stopSignal: 'INT',
  }),
  files: () => [
    { path: '/usr/local/sbin/fleet-postgresql', text: start, mode: 0o755 },
    { path: '/etc/fleet/postgresql.conf', text: config },
    { path: '/etc/fleet/postgresql.password', text: `${login.password}\n` },
    { path: '/etc/fleet/pg_hba.conf', text: access },
  ],
  // A host numbers its processes anew at each boot, so the number in it may be somebody else's by now.
  atBoot: [`rm -f ${data}/postmaster.pid`],
};
