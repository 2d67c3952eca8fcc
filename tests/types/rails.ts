/** A fabfile for a Rails-shaped application, in twelve lines. */
import { codeOperations, command, defaultTasks, http, role, sh, text, operation } from 'fabwright';

const web = role('web');
const db = role('db', { groups: ['db', 'web'], pick: 'first' });
const migrate = command('db.migrate', [db], sh`bin/rails db:migrate`, { once: true, durable: true });
const restart = command('web.restart', [web], sh`systemctl restart puma`, {
  in: 'current',
  as: 'root',
  batch: '25%',
  healthy: http('http://127.0.0.1:3000/up', { within: 60 }),
});
export const rails = defaultTasks({
  roles: [web, db],
  build: ['bundle install --deployment', 'bin/rails assets:precompile'],
  beforePublish: [migrate],
  restart: [restart],
});

/** An operation of one's own beside the built-in ones. */
export const ownOperation = operation({
  name: 'cache.clear',
  roles: [web],
  params: { prefix: text({ description: 'which keys', default: '' }) },
  run: ({ host, params, layout }) => host.in(layout.current).run`bin/rails cache:clear[${params.prefix}]`,
});
export const { update } = codeOperations({ roles: [web] });
