import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../../fleet/system.ts';
import { commcareRepository } from '../application/versions.ts';
import { startCommcareFleet, type CommcareFleet } from './commcare-fleet.ts';
import type { RunSettings } from './environment-copy.ts';

const example = fileURLToPath(new URL('../../../examples/commcare', import.meta.url));
export const fabfile = fileURLToPath(new URL('../../../fabfile.ts', import.meta.url));
export const exampleEnvironment = join(example, 'environments/fleet');

/** The environment folder of this fleet, with everything that a deploy needs. */
export const furnishEnvironment = (fleet: CommcareFleet, environments: string, settings: RunSettings): void => {
  const folder = fleet.writeCopy(environments, { fabfile, ...settings });
  must('python3', ['-m', 'zipapp', join(example, 'formplayer'), '-o', join(folder, 'formplayer.jar')]);
};

const here = (path: string): string => relative(process.cwd(), path) || '.';

const whatToType = ({ hosts, url }: CommcareFleet, folder: string, seconds: number): string => {
  const environments = here(join(folder, 'environments'));
  return `The CommCare fleet is up (${seconds.toFixed(1)} s): ${hosts.map(({ name }) => name).join(' ')}
environment: ${environments}/fleet
code: ${here(join(folder, 'commcare'))}, a git repository: commit there and deploy again; its other branches are faulty

  export FAB_ENVIRONMENTS=${environments}
  npx fab fleet deploy --yes
  curl ${url}
  npm run fleet -- exec web1 'supervisorctl status'
  npm run fleet -- down
`;
};

/** `npm run fleet -- up commcare`: the fleet, an environment and a repository in `folder`; answers what to type. */
export const upCommcare = async (folder: string, remember: (fleet: CommcareFleet) => void): Promise<string> => {
  const began = Date.now();
  const fleet = await startCommcareFleet({ environment: exampleEnvironment, keep: true });
  remember(fleet);
  commcareRepository(join(folder, 'commcare'));
  furnishEnvironment(fleet, join(folder, 'environments'), { code_repo: join(folder, 'commcare') });
  return whatToType(fleet, folder, (Date.now() - began) / 1000);
};
