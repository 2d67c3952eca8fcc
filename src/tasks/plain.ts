import {
  branchGuard,
  confirmGuard,
  everyHost,
  hotfixRelease,
  newRelease,
  noRelease,
  perHost,
  previousRelease,
  sameCommitGuard,
  task,
  currentRelease,
  role,
  windowGuard,
  type Role,
  type Runnable,
  type Task,
  type View,
} from '../api.ts';
import { anyCommand, appOperations, putShared, type AppOptions } from '../operations/app.ts';
import { codeOperations } from '../operations/code.ts';
import { hotfixOperations } from '../operations/hotfix.ts';
import { releaseOperations } from '../operations/release.ts';
import { previewDeploy } from './views/preview.ts';
import { doctorView } from './views/doctor.ts';
import { historyView } from './views/history.ts';
import { releasesView } from './views/releases.ts';
import { statusView } from './views/status.ts';

export type DefaultTasksOptions = AppOptions;

/**
 * The whole task list of an application that needs no operations of its own: what the packaged
 * fabfile offers, and what a fabfile may start from.
 */
export const defaultTasks = (options: DefaultTasksOptions): readonly Runnable[] => {
  const { roles } = options;
  const release = releaseOperations({ roles });
  const code = codeOperations({ roles });
  const hotfix = hotfixOperations({ roles });
  const app = appOperations(options);
  // Publishing compares what the hosts have built; what goes before it shall not run on different code either.
  const check = app.beforePublish.length === 0 ? [] : [code.inspect, code.agree];
  const build = [code.update, release.carry, release.linkShared, ...app.build];

  const deploy = task({
    name: 'deploy',
    description: 'Build a release on every host and publish it on all of them, or on none.',
    group: 'Deploy',
    guards: [branchGuard, windowGuard, sameCommitGuard, confirmGuard],
    release: newRelease,
    steps: [
      release.create,
      perHost(build),
      ...check,
      ...app.beforePublish,
      release.publish,
      ...app.restart,
      release.clean,
    ],
  });

  const hotfixDeploy = task({
    name: 'hotfix_deploy',
    description: 'Publish new code with everything else taken over from the live release.',
    group: 'Deploy',
    guards: [branchGuard, windowGuard, sameCommitGuard, confirmGuard],
    release: hotfixRelease,
    steps: [
      release.create,
      perHost([code.update, hotfix.takeOver, release.linkShared]),
      release.publish,
      ...app.restart,
      release.clean,
    ],
  });

  const rollback = task({
    name: 'rollback',
    description: 'Publish the release that was live before, or the one that --to names.',
    group: 'Deploy',
    aliases: ['update_current'],
    guards: [confirmGuard],
    release: previousRelease,
    steps: [release.publish, ...app.restart],
  });

  const setupRelease = task({
    name: 'setup_release',
    description: 'Build a private release that is not published, and print its directory.',
    group: 'Releases',
    release: newRelease,
    lock: 'release',
    narrowTo: firstOf(roles),
    steps: [release.create, perHost([...build, release.pin, release.tell])],
  });

  const cleanReleases = task({
    name: 'clean_releases',
    description: 'Delete releases that nothing needs any more.',
    group: 'Releases',
    guards: [confirmGuard],
    release: noRelease,
    steps: [release.clean],
  });

  const restartServices: readonly Task[] =
    app.restart.length === 0
      ? []
      : [
          task({
            name: 'restart_services',
            description: 'Restart the application on the live release, some hosts at a time.',
            group: 'Services',
            release: currentRelease,
            steps: app.restart,
          }),
        ];

  return [
    deploy,
    hotfixDeploy,
    rollback,
    setupRelease,
    cleanReleases,
    ...restartServices,
    runTask,
    putSharedTask(roles),
    // A database host that nothing is deployed to has nothing to show, and need not answer.
    ...views.map((each) => ({ ...each, roles })),
  ];
};

/** The host a private release is made on when none is named: the first one that gets code. */
const firstOf = (roles: readonly Role[]): Role =>
  role('the first host', { groups: roles.flatMap(({ groups }) => groups), pick: 'first' });

const runTask = task({
  name: 'run',
  description: 'Run any shell line on every host, or on those of --limit.',
  group: 'Hosts',
  release: noRelease,
  lock: 'none',
  exitStatus: 'remote',
  steps: [anyCommand([everyHost])],
});

/** What lies under shared/ is secret more often than not: it goes where the code goes, and nowhere else. */
const putSharedTask = (roles: readonly Role[]): Task =>
  task({
    name: 'put_shared',
    description: 'Put a file of this machine under shared/ on every host.',
    group: 'Hosts',
    release: noRelease,
    lock: 'none',
    steps: [putShared(roles)],
  });

/** Tasks that have nothing to do with what is deployed. */
export const generalTasks: readonly Task[] = [runTask, putSharedTask([everyHost])];

/** Tasks that only look. */
export const views: readonly View[] = [releasesView, statusView, historyView, previewDeploy, doctorView];
