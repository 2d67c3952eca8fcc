/**
 * The tasks of a CommCare fleet, and the example to copy: roles, then operations, then tasks. A task
 * is a list of operations; what an operation does stands in `fabwright`, or in your own file beside
 * this one.
 */
import * as fab from 'fabwright';

// Roles: the groups of the inventory behind them, the first one with hosts counts.
const web = fab.role('webworkers');
const celery = fab.role('celery', { optional: true });
const pillowtop = fab.role('pillowtop', { optional: true });
const formplayer = fab.role('formplayer', { optional: true });
const airflow = fab.role('airflow', { optional: true });
const proxies = fab.role('proxy', { optional: true });
const statics = fab.role('staticfiles', { groups: ['staticfiles', 'proxy', 'webworkers'] });
/** What concerns the whole application is done once, here. */
const deployHost = fab.role('deploy', { groups: ['deploy', 'webworkers'], pick: 'first' });
/** Where people run commands by hand. */
const manageHost = fab.role('django_manage', { groups: ['django_manage', 'webworkers'], pick: 'first' });
const preindexHost = fab.role('preindex', { groups: ['pillowtop', 'deploy', 'webworkers'], pick: 'first' });

/** Every host that runs the code, and those that get it: formplayer's configuration comes with a release. */
const python = [web, celery, pillowtop, statics, airflow, deployHost, manageHost, preindexHost];
const roles = [...python, formplayer];
const supervised = [web, celery, pillowtop, formplayer];

// Operations.
const release = fab.releaseOperations({ roles });
const code = fab.codeOperations({ roles });
const hotfix = fab.hotfixOperations({ roles });
const { virtualenv, relocate } = fab.pythonOperations({ roles: python });
const django = fab.djangoOperations({ deploy: deployHost, manage: manageHost });
const database = fab.databaseOperations({ deploy: deployHost });
const preindex = fab.preindexOperations({ role: preindexHost });
const files = fab.staticOperations({ statics, web });
const translations = fab.translationOperations({ roles: python });
const templates = fab.commcarePrograms({ web, celery, pillowtop, formplayer });
const supervisor = fab.supervisorOperations({ templates, roles: supervised, rolling: web });
const services = fab.serviceOperations({ web, celery, pillowtop, proxies, all: supervised });
const jar = fab.formplayerOperations({ roles: [formplayer] });
const notify = fab.notifyOperations({ deploy: deployHost });

// Steps that several tasks have in common.
const build = [code.update, virtualenv, release.carry, release.linkShared];
const takeOver = [code.update, hotfix.takeOver, relocate, release.linkShared];
/** Made once, then brought to everybody. */
const makeStatics = [
  ...[files.dependencies, files.version, files.collect, files.compress],
  ...[files.offer, files.take, files.withdraw],
];
const sameCode = [code.inspect, code.agree];
const migrate = fab.when(
  database.pendingMigrations,
  { because: 'there are migrations to apply', is: (pending) => pending > 0 },
  [services.pillows.around([services.celery.around([database.migrate])])],
);
const restart = [django.inProgress, services.restart];
const publish = [
  django.systemChecks,
  ...services.ready,
  release.publish,
  ...restart,
  django.recordDeploy,
  release.clean,
];
const privately = [release.create, fab.perHost([...build, release.pin, release.tell])];

const newRelease = {
  group: 'Deploy',
  release: fab.newRelease,
  guards: [fab.branchGuard, fab.windowGuard, fab.sameCommitGuard, fab.confirmGuard],
};

const deploy = fab.task({
  ...newRelease,
  name: 'deploy',
  description: 'Build a release on every host and publish it on all of them, or on none.',
  steps: [
    release.create,
    notify.announce,
    fab.perHost(build),
    preindex.start, // It goes on while static files are made.
    database.checkKafkaCheckpoints,
    ...makeStatics,
    translations.update,
    supervisor.render,
    ...sameCode,
    preindex.gate,
    database.finishPreindex,
    database.pendingMigrations,
    migrate,
    database.createKafkaTopics,
    database.flipAliases,
    ...publish,
  ],
});

const hotfixDeploy = fab.task({
  ...newRelease,
  name: 'hotfix_deploy',
  description: 'Publish new code with everything else taken over from the live release.',
  release: fab.hotfixRelease,
  steps: [release.create, notify.announce, fab.perHost(takeOver), ...sameCode, ...publish],
});

const forceUpdateStatic = fab.task({
  name: 'force_update_static',
  description: 'Publish the live code again with static files made anew.',
  group: 'Deploy',
  guards: [fab.confirmGuard],
  release: fab.rebuiltRelease,
  steps: [
    release.create,
    notify.announce,
    fab.perHost([...takeOver, files.clear]),
    ...makeStatics,
    ...sameCode,
    ...publish,
  ],
});

const rollback = fab.task({
  name: 'rollback',
  description: 'Publish the release that was live before, or the one that --to names.',
  group: 'Deploy',
  aliases: ['update_current'],
  guards: [fab.confirmGuard],
  release: fab.previousRelease,
  steps: [notify.announceAlways, ...services.ready, release.publish, ...restart],
});

const privateRelease = (name: string, description: string, keepDays: number, host: fab.Role, steps: fab.Step[]) =>
  fab.task({
    ...{ name, description, steps, group: 'Releases', release: fab.newRelease },
    lock: 'release',
    narrowTo: host,
    params: { keep_days: fab.count({ description: 'days that cleaning leaves it alone', default: keepDays, min: 0 }) },
  });

const releaseTasks = [
  privateRelease(
    'setup_release',
    'Build a private release that is not published, and print its directory.',
    0,
    manageHost,
    privately,
  ),
  privateRelease('setup_limited_release', 'The same, kept for a day.', 1, manageHost, privately),
  privateRelease('preindex_views', 'Start the preindex of a branch in a private release.', 2, preindexHost, [
    ...privately,
    preindex.start,
  ]),
  fab.task({
    name: 'clean_releases',
    description: 'Delete releases that nothing needs any more.',
    group: 'Releases',
    guards: [fab.confirmGuard],
    release: fab.noRelease,
    steps: [release.clean],
  }),
];

/** On the live release, or on the one that --release names. Nothing here waits for a deploy. */
const application = (name: string, description: string, step: fab.Step, exitStatus: 'run' | 'remote' = 'run') =>
  fab.task({
    ...{ name, description, exitStatus, steps: [step], group: 'Application', lock: 'none' },
    release: fab.currentRelease,
  });

const applicationTasks = [
  application('manage', "Run a management command: manage 'migrate app --noinput'.", django.manage, 'remote'),
  application('perform_system_checks', "Run Django's own checks on the live release.", django.systemChecks),
  application(
    'kill_stale_celery_workers',
    'End celery workers that have outlived their release.',
    django.killStaleCeleryWorkers,
  ),
];

/** One at a time, and not during a deploy unless --during-deploy says so. */
const service = (name: string, description: string, steps: readonly fab.Step[], guards: readonly fab.Guard[] = []) =>
  fab.task({
    ...{ name, description, steps, guards, group: 'Services', release: fab.currentRelease },
    params: fab.duringDeploy,
  });

const serviceTasks = [
  service(
    'restart_services',
    'Restart all but formplayer, web workers some at a time.',
    [...services.ready, ...restart],
    [fab.confirmGuard],
  ),
  service('restart_webworkers', 'Restart web workers, some at a time.', [...services.readyWeb, services.restartWeb]),
  service('supervisorctl', "Run supervisorctl on every host: supervisorctl 'stop all'.", [services.control]),
  service('set_supervisor_config', "Write supervisord's configuration anew and apply what has changed.", [
    ...services.readyWeb,
    supervisor.render,
    supervisor.apply,
    services.applyWeb,
  ]),
  service('start_celery', 'Start the celery workers that do not run.', services.celery.start),
  service('stop_celery', 'Stop celery workers until somebody, or a deploy, starts them.', services.celery.stop),
  service('restart_celery', 'Restart celery workers; what they have begun ends beside them.', services.celery.restart),
  service('start_pillows', 'Start the pillows that do not run.', services.pillows.start),
  service('stop_pillows', 'Stop pillows until somebody, or a deploy, starts them.', services.pillows.stop),
  service('restart_pillows', 'Restart pillows.', services.pillows.restart),
];

const formplayerTasks = [
  fab.task({
    name: 'deploy_formplayer',
    description: 'Bring the jar; link it and restart formplayer only where it is a new one.',
    group: 'Formplayer',
    guards: [fab.windowGuard, fab.confirmGuard],
    release: fab.noRelease,
    steps: jar.deploy,
  }),
  fab.task({
    name: 'rollback_formplayer',
    description: 'Link the jar before this one, or the one that --to names, and restart.',
    group: 'Formplayer',
    guards: [fab.confirmGuard],
    release: fab.noRelease,
    steps: jar.rollback,
  }),
];

const deployTasks = [deploy, hotfixDeploy, forceUpdateStatic, rollback];
const fleetTasks = [...deployTasks, ...releaseTasks, ...applicationTasks, ...serviceTasks, ...formplayerTasks];
export default [...fleetTasks, ...fab.generalTasks, ...fab.views];
