import { describe, expect, test } from '@jest/globals';
import { operation } from '../../src/model/operation.ts';
import { role } from '../../src/model/role.ts';
import { createStep, publishStep } from '../../src/model/step.ts';
import type { HostSurvey } from '../../src/model/survey.ts';
import { task } from '../../src/model/task.ts';
import { makePlan, type PlanInput } from '../../src/plan/make-plan.ts';
import { day, input, inventory, live, record, release, survey, surveyed } from './builders.ts';

const web = role('web');
const db = role('db');
const note = operation({ name: 'db.note', roles: [db], run: async () => undefined });
const deploy = task({ name: 'deploy', description: '', steps: [createStep([web]), note, publishStep([web])] });

const mebi = 1024 ** 2;
const host = (name: string, freeMebi: number, freeInodes: number, more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, {
    releases: [release(day(1))],
    current: live(day(1)),
    lastSize: { bytes: 100 * mebi, inodes: 1000 },
    disk: { totalBytes: 10_000 * mebi, freeBytes: freeMebi * mebi, freeInodes },
    ...more,
  });
const found = (hosts: readonly HostSurvey[], more: Partial<PlanInput> = {}) => {
  const names = hosts.map((each) => each.host).filter((name) => name.startsWith('web'));
  const made = makePlan(
    input(deploy, { survey: survey(hosts), inventory: inventory({ web: names, db: ['db1'] }), ...more }),
  );
  return made.ok ? [] : made.failure.map(({ sentence, hint }) => [sentence, hint]);
};
const hint = 'delete old releases: fab prod clean_releases';
const sentence = (name: string, what: string) => [[`The release will not fit on ${name}: ${what}.`, hint]];
const at = '/home/shop/www/prod';

describe('a release that will not fit is refused before anything is written', () => {
  test('by bytes: the last one, a fifth more, and 16 MiB for the mirror', () => {
    expect(found([host('web1', 136, 9999), host('db1', 0, 0)])).toEqual([]);
    expect(found([host('web1', 135, 9999), host('web2', 4096, 9999), host('db1', 0, 0)])).toEqual(
      sentence('web1', `it needs about 136 MiB in ${at} and 135 MiB are free`),
    );
    const large = { lastSize: { bytes: 2048 * mebi, inodes: 10 } };
    expect(found([host('web1', 2000, 9999, large), host('db1', 0, 0)])).toEqual(
      sentence('web1', `it needs about 2.4 GiB in ${at} and 2.0 GiB are free`),
    );
  });

  test('by inodes, and by both', () => {
    expect(found([host('web1', 999, 1300), host('db1', 0, 0)])).toEqual([]);
    expect(found([host('web1', 999, 1299), host('db1', 0, 0)])).toEqual(
      sentence('web1', `it needs about 1300 inodes in ${at} and 1299 are free`),
    );
    expect(found([host('web1', 1, 0), host('db1', 0, 0)])).toEqual(
      sentence(
        'web1',
        `it needs about 136 MiB in ${at} and 1 MiB are free; it needs about 1300 inodes in ${at} and 0 are free`,
      ),
    );
  });

  test('a host that has none yet goes by the largest of the others', () => {
    const fresh = host('web3', 200, 9999, { releases: [], current: { kind: 'absent' }, lastSize: undefined });
    const others = [host('web1', 999, 9999), host('web2', 999, 9999, { lastSize: { bytes: 300 * mebi, inodes: 9 } })];
    expect(found([...others, fresh, host('db1', 0, 0)])).toEqual(
      sentence('web3', `it needs about 376 MiB in ${at} and 200 MiB are free`),
    );
  });

  test('the first of all, and a disk that says nothing, are not judged', () => {
    expect(found([host('web1', 1, 1, { lastSize: undefined }), host('db1', 0, 0)])).toEqual([]);
    expect(found([host('web1', 1, 1, { disk: undefined }), host('db1', 0, 0)])).toEqual([]);
  });

  test('one that is resumed lies there already, and needs room for its records only', () => {
    const begun = (freeBytes: number): HostSurvey =>
      host('web1', 0, 100, {
        releases: [release(day(1)), release(day(2), { record: record(day(2), { state: 'building' }) })],
        disk: { totalBytes: 1, freeBytes, freeInodes: 100 },
      });
    const resume = { params: { resume: true }, source: undefined };
    expect(found([begun(mebi), host('db1', 0, 0)], resume)).toEqual([]);
    expect(found([begun(0), host('db1', 0, 0)], resume)).toEqual(
      sentence('web1', `it needs about 1 MiB in ${at} and 0 MiB are free`),
    );
  });
});
