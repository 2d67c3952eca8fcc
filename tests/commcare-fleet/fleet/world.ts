import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDesk, type Desk, type Ran } from '../../end-to-end/world.ts';
import { commcareRepository, type CommcareRepository } from '../application/versions.ts';
import { startCommcareFleet, type CommcareFleet } from './commcare-fleet.ts';
import { login } from './service.ts';
import { exampleEnvironment, fabfile, furnishEnvironment } from './up.ts';

/** What became of the forms, as the page /counts says it. */
export interface Counts {
  readonly forms: number;
  readonly published: number;
  readonly queued: number;
  readonly processed: number;
  readonly task_runs: number;
  readonly duplicate_task_runs: number;
  readonly unended_task_runs: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly duplicate_changes: number;
}

/** A CommCare fleet, the application's repository, and the desk that deploys come from. */
export interface CommcareWorld {
  readonly desk: Desk;
  readonly fleet: CommcareFleet;
  readonly repository: CommcareRepository;
  /** `fab fleet …` with the project's own fabfile. */
  fab(...words: readonly string[]): Promise<Ran>;
  /** One value from PostgreSQL, asked on its host. */
  sql(query: string): Promise<string>;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

/** Brings up the fleet of examples/commcare with nothing deployed; `settings` come on top of its own. */
export const openCommcareWorld = async (settings: Readonly<Record<string, unknown>> = {}): Promise<CommcareWorld> => {
  const desk = openDesk();
  try {
    const fleet = await startCommcareFleet({ environment: exampleEnvironment });
    const repository = commcareRepository(join(desk.folder, 'repositories/commcare'));
    // With the program that it was copied together with, whoever changes either meanwhile.
    const tasks = desk.write({ 'fabfile.ts': readFileSync(fabfile, 'utf8') });
    furnishEnvironment(fleet, desk.environments, { code_repo: repository.path, fabfile: tasks, ...settings });
    return {
      desk,
      fleet,
      repository,
      fab: (...words) => desk.fab(['fleet', ...words]),
      sql: async (query) => {
        const psql = `psql -h 127.0.0.1 -U ${login.user} -d ${login.database} -At -c "${query}"`;
        const { code, stdout, stderr } = await fleet
          .host(fleet.plan.first('postgresql'))
          .exec(`PGPASSWORD=${login.password} ${psql}`);
        if (code !== 0) throw new Error(stderr);
        return stdout.trim();
      },
      counts: async () => (await (await fetch(new URL('/counts', fleet.url))).json()) as Counts,
      stop: async () => {
        await fleet.stop();
        desk.dispose();
      },
    };
  } catch (error) {
    desk.dispose();
    throw error;
  }
};
