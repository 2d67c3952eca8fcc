import { shell } from '../../../src/model/command.ts';
import { operation } from '../../../src/model/operation.ts';
import { previousRelease } from '../../../src/model/release-choice.ts';
import { role } from '../../../src/model/role.ts';
import { cleanStep, createStep, publishStep } from '../../../src/model/step.ts';
import { task } from '../../../src/model/task.ts';

const web = role('web');

const build = operation({
  name: 'app.build',
  roles: [web],
  run: ({ host, release }) => host.run(shell(`sim-build releases/${release.id} ${release.commit ?? ''}`)),
});

const restart = operation({
  name: 'app.restart',
  roles: [web],
  restarts: true,
  run: ({ host }) => host.run(shell('sim-restart')),
});

/** What every deploy has: a build that takes its time, the swap, and what comes after it. */
export const deploy = task({
  name: 'deploy',
  description: 'a new release on every host',
  steps: [createStep([web]), build, publishStep([web]), restart, cleanStep([web])],
});

/** The way back to what was live before. */
export const rollback = task({
  name: 'rollback',
  description: 'the release before, on every host',
  release: previousRelease,
  steps: [publishStep([web]), restart],
});
