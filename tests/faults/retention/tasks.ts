import { sh } from '../../../src/model/command.ts';
import { operation } from '../../../src/model/operation.ts';
import { flag } from '../../../src/model/param.ts';
import { pinName } from '../../../src/model/release-name.ts';
import { hotfixRelease, newRelease, noRelease, previousRelease } from '../../../src/model/release-choice.ts';
import { role } from '../../../src/model/role.ts';
import { cleanStep, createStep, publishStep, type Step } from '../../../src/model/step.ts';
import { task, type Task } from '../../../src/model/task.ts';

/** What is to go wrong, or to take its time, in these tasks. */
export interface Plans {
  readonly failsOn?: string;
  readonly restartFailsOn?: string;
  readonly pin?: Date | 'soon' | undefined;
  readonly waits?: () => Promise<void>;
}

const web = role('web');

/** The tasks that change which releases there are, as the packaged fabfile has them, with the smallest build. */
export const tasksWith = ({
  failsOn,
  restartFailsOn,
  pin,
  waits,
}: Plans): Readonly<Record<'deploy' | 'hotfix' | 'rollback' | 'setupRelease' | 'clean', Task>> => {
  const build = operation({
    name: 'build',
    roles: [web],
    run: async ({ host, release }) => {
      await host.in(release.path).run(sh`echo ${release.id} > version`);
      await waits?.();
      if (host.name === failsOn) throw new Error('the build fails, as planned');
    },
  });
  const mark = operation({
    name: 'pin',
    roles: [web],
    run: async ({ host, release }) => {
      if (pin === undefined) return;
      await host.in(release.path).run(sh`: > ${pin === 'soon' ? 'KEEP_UNTIL__soon' : pinName(pin, 0)}`);
    },
  });
  const restart = operation({
    name: 'restart',
    roles: [web],
    run: async ({ host }) => {
      if (host.name === restartFailsOn) throw new Error('the restart fails, as planned');
    },
  });
  const whole: readonly Step[] = [createStep([web]), build, publishStep([web]), restart, cleanStep([web])];
  const params = { skip_record: flag({ description: '' }) };
  return {
    deploy: task({ name: 'deploy', description: '', release: newRelease, params, steps: whole }),
    hotfix: task({ name: 'hotfix_deploy', description: '', release: hotfixRelease, params, steps: whole }),
    rollback: task({ name: 'rollback', description: '', release: previousRelease, steps: [publishStep([web])] }),
    setupRelease: task({
      name: 'setup_release',
      description: '',
      release: newRelease,
      lock: 'release',
      steps: [createStep([web]), build, mark],
    }),
    clean: task({ name: 'clean_releases', description: '', release: noRelease, steps: [cleanStep([web])] }),
  };
};
