import { describe, expect, test } from '@jest/globals';
import fleetTasks from '../../fabfile.ts';
import { defaultTasks, role, type AnyOperation, type Runnable, type Step } from '../../src/index.ts';
import { operationsIn } from '../../src/model/step.ts';

// `--on-failure rollback` does again what restarts, and stays where something has migrated: so says each operation.
const stepsOf = (tasks: readonly Runnable[], name: string): readonly Step[] => {
  const found = tasks.find((each) => each.name === name);
  if (found?.kind !== 'task') throw new Error(`There is no task ${name}.`);
  return found.steps;
};
const names = (steps: readonly Step[], is: (operation: AnyOperation) => boolean): readonly string[] => [
  ...new Set(
    operationsIn(steps)
      .filter(is)
      .map(({ name }) => name),
  ),
];
const restarts = (steps: readonly Step[]): readonly string[] => names(steps, (operation) => operation.restarts);
const migrates = (steps: readonly Step[]): readonly string[] => names(steps, (operation) => operation.migrates);

describe('what a run that goes back must know', () => {
  test.each(['deploy', 'hotfix_deploy', 'force_update_static', 'rollback'])('of the CommCare fleet’s %s', (name) => {
    const steps = stepsOf(fleetTasks, name);
    expect(restarts(steps)).toEqual(['services.restart', 'services.restart-web']);
    expect(migrates(steps)).toEqual(name === 'deploy' ? ['database.migrate'] : []);
  });

  test.each(['deploy', 'hotfix_deploy', 'rollback'])('of the packaged %s', (name) => {
    const tasks = defaultTasks({ roles: [role('web')], build: ['make'], restart: ['systemctl restart app'] });
    expect(restarts(stepsOf(tasks, name))).toEqual(['app.restart']);
    // Its shell lines may be anything; what came with the code is known by its files.
    expect(migrates(stepsOf(tasks, name))).toEqual([]);
  });
});
