/** The shape of the CommCare fleet's fabfile: every kind of step, typed from one end to the other. */
import {
  branchGuard,
  codeOperations,
  command,
  confirmGuard,
  count,
  currentRelease,
  durable,
  during,
  newRelease,
  notYet,
  operation,
  parallel,
  perHost,
  previousRelease,
  releaseOperations,
  sh,
  shell,
  task,
  text,
  view,
  when,
  windowGuard,
  words,
  type ByHost,
  type Runnable,
} from 'fabwright';
import { celery, database, deploy, pillowtop, proxy, web } from './roles.ts';

const everywhere = [web, celery, pillowtop, proxy, deploy];
const release = releaseOperations({ roles: everywhere });
const code = codeOperations({ roles: everywhere });

const requirements = operation({
  name: 'python.install',
  roles: everywhere,
  run: async ({ host, release: { path }, live }) => {
    if (live !== undefined) await host.run`cp -a ${live.path}/python_env ${path}/`;
    await host.in(path).within(600).run`python_env/bin/pip install -q -r ${'requirements/prod-requirements.txt'}`;
  },
});

const preindexed = operation({
  name: 'couch.preindexed',
  roles: [deploy],
  once: true,
  params: { preindex_wait: count({ description: 'seconds to wait', default: 0, min: 0 }) },
  settings: { couch_url: text({ description: 'where couch is', required: true }) },
  run: async ({ host, params, settings, say }) => {
    const done = await host.in('/')
      .test`curl -fs ${settings.couch_url}/_active_tasks | grep -q ${params.preindex_wait}`;
    if (!done) throw notYet('The preindex is still running.');
    say('preindexed');
  },
});

const pending = operation({
  name: 'database.pending',
  roles: [deploy],
  uses: [database],
  once: true,
  run: async ({ host, others, release: { path } }) => {
    await Promise.all(others(database).map((session) => session.test`pg_isready`));
    return (await host.in(path).read`python_env/bin/python manage.py showmigrations --plan | grep -c '^\[ \]' || :`)
      .split('\n')
      .map(Number);
  },
});

const migrate = durable({
  name: 'database.migrate',
  roles: [deploy],
  once: true,
  needs: { pending },
  command: ({ needs, params: {} }) => sh`python_env/bin/python manage.py migrate_multi --noinput # ${needs.pending}`,
});

const stopServices = operation({
  name: 'services.stop',
  roles: [celery, pillowtop],
  run: async ({ host }) => {
    const running = (await host.as('root').read`supervisorctl status | awk '/RUNNING/ { print $1 }'`).split('\n');
    await host.as('root').run`supervisorctl stop ${running}`;
    return running;
  },
});
const startServices = async (stopped: ByHost<string[]>, host: Parameters<Parameters<typeof during>[0]['start']>[1]) => {
  const own = stopped.on(host) ?? [];
  if (own.length > 0) await host.as('root').run`supervisorctl start ${own}`;
};

const manage = operation({
  name: 'django.manage',
  roles: [deploy],
  once: true,
  params: { line: text({ description: 'a management command', positional: true, required: true }) },
  run: ({ host, release: { path }, params }) =>
    host.in(path).env({ DJANGO_SETTINGS_MODULE: 'settings' })
      .run`python_env/bin/python manage.py ${words(params.line)}`,
});

const restart = command('web.restart', [web], shell('supervisorctl restart all'), { as: 'root', batch: 2 });

export const tasks: readonly Runnable[] = [
  task({
    name: 'deploy',
    description: 'Builds a release everywhere and publishes it.',
    group: 'Deploy',
    release: newRelease,
    guards: [branchGuard, windowGuard, confirmGuard],
    steps: [
      release.create,
      perHost([code.update, release.linkShared, requirements]),
      parallel([preindexed, pending]),
      when(pending, { because: 'there are migrations', is: ([count_ = 0]) => count_ > 0 }, [
        during({ stop: stopServices, start: startServices }, [migrate]),
      ]),
      release.publish,
      restart,
      release.clean,
    ],
  }),
  task({ name: 'rollback', description: 'Goes back.', release: previousRelease, steps: [release.publish, restart] }),
  task({
    name: 'manage',
    description: 'Runs a management command.',
    release: currentRelease,
    lock: 'none',
    exitStatus: 'remote',
    steps: [manage],
  }),
  view({
    name: 'disk',
    description: 'Free space.',
    params: { least: count({ description: 'gigabytes', default: 1 }) },
    show: ({ hosts }, { params }) => {
      const full = hosts.filter(({ disk }) => disk !== undefined && disk.freeBytes < params.least * 2 ** 30);
      return {
        text: full.map(({ host }) => host).join('\n'),
        json: { full: full.length },
        status: full.length > 0 ? 1 : 0,
      };
    },
  }),
];
