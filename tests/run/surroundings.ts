import type { Inventory } from '../../src/model/inventory.ts';
import { noProcesses } from '../../src/model/processes.ts';
import type { Survey } from '../../src/model/survey.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { RunDependencies } from '../../src/run/state.ts';
import type { Fleet } from '../../src/session/fleet.ts';
import { survey } from '../../src/survey/survey.ts';

interface Who {
  readonly fleet: Fleet;
  readonly inventory: Inventory;
  readonly user?: string;
  readonly machine?: string;
}

type OfEachTest = 'logDirectory' | 'observe' | 'resurvey' | 'signal';

/** What a run of these tests has besides its plan, less what each test has of its own. */
export const surroundings = (
  plan: Plan,
  { fleet, inventory, user = 'ana', machine = 'laptop' }: Who,
): Omit<RunDependencies, OfEachTest> => ({
  fleet,
  inventory,
  info: {
    id: plan.id,
    task: plan.task.name,
    environment: 'test',
    user,
    machine,
    startedAt: plan.startedAt,
    directory: undefined,
    inventory,
    processes: noProcesses,
    atEnd: () => undefined,
  },
  toolVersion: 'fabwright test',
  sudoUser: undefined,
  path: [],
  variables: {},
  secrets: {},
  forks: 10,
  lease: 15,
  redact: (text) => text,
});

/** The real survey of hosts that each have a root of their own. */
export const surveyRoots = async (
  { hosts }: Inventory,
  fleet: Fleet,
  rootOf: (host: string) => string,
): Promise<Survey> => {
  const answers = await Promise.all(
    hosts.map((host) =>
      survey({
        fleet,
        hosts: [host],
        root: rootOf(host.name),
        sharedPaths: [],
        journalsOf: [],
        sudoUser: undefined,
        path: [],
        forks: 10,
        signal: new AbortController().signal,
      }),
    ),
  );
  return {
    hosts: answers.flatMap((answer) => answer.hosts),
    unreachable: answers.flatMap((answer) => answer.unreachable),
    at: new Date(),
  };
};
