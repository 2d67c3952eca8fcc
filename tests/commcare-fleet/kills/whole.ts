import { until } from '../../end-to-end/world.ts';
import { formOf, submit } from '../client/forms.ts';
import { commitsOnWeb, isDrained } from '../fleet/web.ts';
import type { CommcareWorld } from '../fleet/world.ts';
import { migrationNumbered } from './columns.ts';

const groups = ['webworkers', 'celery', 'pillowtop', 'proxy'];

/** What a whole fleet shows. */
export interface Expected {
  readonly commit: string;
  /** Host by host, what its service manager runs. */
  readonly programs: Readonly<Record<string, string>>;
  /** The number of the column that the last migration has added. */
  readonly column: number;
}

export const programsOf = async ({ fleet }: CommcareWorld): Promise<Expected['programs']> => {
  const hosts = [...new Set(groups.flatMap((group) => fleet.plan.all(group)))];
  const answers = hosts.map(async (name) => {
    const { stdout } = await fleet.host(name).exec('supervisorctl status');
    const states = stdout.trimEnd().split('\n');
    return [name, states.map((line) => line.split(/\s+/).slice(0, 2).join(' ')).join(', ')] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
};

/** What is not as it must be, one sentence each. */
export const objectionsOn = async (world: CommcareWorld, expected: Expected): Promise<readonly string[]> => [
  ...(await oneRelease(world)),
  ...(await rightCode(world, expected)),
  ...(await samePrograms(world, expected)),
  ...(await migratedOnce(world, expected)),
  ...nothingDrained(world),
  ...(await formsAreProcessed(world)),
];

const oneRelease = async ({ fleet }: CommcareWorld): Promise<readonly string[]> => {
  const hosts = [...new Set(groups.flatMap((group) => fleet.plan.all(group)))];
  const links = await Promise.all(hosts.map((name) => fleet.host(name).exec(`readlink ${fleet.plan.root}/current`)));
  const shown = new Set(links.map(({ stdout }) => stdout.trim()));
  return unless(shown.size === 1, `hosts show ${[...shown].join(', ')}`);
};

const rightCode = async ({ fleet }: CommcareWorld, { commit }: Expected): Promise<readonly string[]> =>
  Object.entries(await commitsOnWeb(fleet)).flatMap(([name, running]) =>
    unless(running === commit, `${name} runs ${running}, not ${commit}`),
  );

const samePrograms = async (world: CommcareWorld, { programs }: Expected): Promise<readonly string[]> =>
  Object.entries(await programsOf(world)).flatMap(([name, running]) =>
    unless(running === programs[name], `${name} runs ${running}, not ${programs[name] ?? ''}`),
  );

const migratedOnce = async (world: CommcareWorld, { column }: Expected): Promise<readonly string[]> => {
  const name = migrationNumbered(column);
  const times = await world.sql(`SELECT count(*) FROM django_migrations WHERE name = '${name}'`);
  return unless(times === '1', `the migration ${name} is recorded ${times} times`);
};

const nothingDrained = ({ fleet }: CommcareWorld): readonly string[] =>
  unless(!isDrained(fleet), 'a web worker is out of rotation');

const formsAreProcessed = async (world: CommcareWorld): Promise<readonly string[]> => {
  const form = formOf('after a kill');
  const status = await submit(world.fleet.url, form);
  if (status !== 201) return [`a form is answered with ${status}`];
  const processed = `SELECT count(processed_on) FROM form_processor_xforminstance WHERE form_id = '${form.id}'`;
  return until(async () => (await world.sql(processed)) === '1', 30, 'a form is processed').then(
    () => [],
    () => ['a form was not processed within 30 s'],
  );
};

const unless = (holds: boolean, objection: string): readonly string[] => (holds ? [] : [objection]);
