import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, type Ran } from '../end-to-end/world.ts';
import { openCommcareWorld, type CommcareWorld } from './commcare-world.ts';

/** The programs of `worker1` as the tables below have them, formplayer apart. */
export const background = {
  celery_celery_0: 'RUNNING',
  celery_email_background_0: 'RUNNING',
  celery_email_background_1: 'RUNNING',
  'pillowtop-case-0': 'RUNNING',
};

const groups = {
  webworkers: ['web1', 'web2'],
  celery: ['worker1'],
  pillowtop: ['worker1'],
  proxy: ['worker1'],
  formplayer: ['worker1'],
  django_manage: ['worker1'],
};

/** The environment `prod`: two web workers, and one host for everything else. */
export interface Production extends CommcareWorld {
  /** `fab prod …`. */
  readonly prod: (...words: readonly string[]) => Promise<Ran>;
  /** Writes the environment again, with these settings on top. */
  readonly settings: (more?: Readonly<Record<string, unknown>>) => void;
  /** What manage.py was called with on a host, each line with the release in front. */
  readonly calls: (host?: string) => readonly string[];
  /** What the programs of worker1 said after this many lines. */
  readonly events: (from?: number) => readonly { readonly what: string; readonly name: string; readonly at: number }[];
  /** What the outside was told about deploys so far. */
  readonly notices: () => readonly { readonly event: string; readonly sentence: string }[];
  readonly newest: (host: string) => string;
}

export const openProduction = async (): Promise<Production> => {
  const world = await openCommcareWorld(['web1', 'web2', 'worker1']);
  const settings = (more: Readonly<Record<string, unknown>> = {}): void =>
    world.furnish('prod', {
      groups,
      port: 8080,
      processes: {
        celery_processes: { worker1: { celery: {}, 'email,background': { num_workers: 2 } } },
        pillows: { worker1: { case: {} } },
      },
      settings: {
        formplayer_jar: 'formplayer.jar',
        notify_command: `cat >> ${join(world.folder, 'notices')}`,
        ...more,
      },
    });
  settings();
  return {
    ...world,
    settings,
    prod: (...words) => world.on('prod', ...words),
    calls: (host = 'web1') => world.shared(host, 'calls.txt'),
    events: (from = 0) =>
      world
        .shared('worker1', 'events.txt')
        .slice(from)
        .map((line) => line.split(' '))
        .map(([what = '', name = '', at = '']) => ({ what, name, at: Number(at) })),
    notices: () => jsonLines(readFileSync(join(world.folder, 'notices'), 'utf8')),
    newest: (host) => world.releases(host, 'prod').at(-1) ?? '',
  };
};
