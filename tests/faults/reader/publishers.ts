import { spawnSync } from 'node:child_process';
import type { PublishRecord } from '../../../src/model/publish-record.ts';
import { publishRecordText } from '../../../src/model/publish-record.ts';
import type { ReleaseId } from '../../../src/model/release.ts';
import type { Ask } from '../../../src/run/keeper/protocol.ts';
import { environmentFor, type Shell } from '../../shells.ts';
import { KeeperProcess, type Variant } from '../../run/keeper/process.ts';

/** Something that makes releases live on one root. */
export interface Publisher {
  readonly name: string;
  publish(id: ReleaseId): Promise<void>;
  /** Publishes and goes back, as when another host refused. Left out where there is no such thing. */
  undone?(id: ReleaseId): Promise<void>;
  /** Moves a release out of sight. */
  away(id: ReleaseId): Promise<void>;
  end(): Promise<void>;
}

const record = (release: ReleaseId, phase: PublishRecord['phase'], ended?: 'published' | 'undone'): string =>
  publishRecordText({
    v: 1,
    epoch: 1,
    run: release,
    task: 'deploy',
    release,
    commit: null,
    phase,
    ...(ended === undefined ? {} : { ended }),
    participants: { web1: null },
    behind: {},
    user: 'ana',
    machine: 'laptop',
    at: '2026-11-20T14:05:33.000Z',
  });

/** The real keeper, asked by the words that a run uses. */
export const keeperPublisher = async (variant: Variant, root: string): Promise<Publisher> => {
  const keeper = new KeeperProcess(variant, root);
  const must = async (...words: Ask): Promise<string> => {
    const answer = await keeper.ask(...words);
    if (!answer.ok) throw new Error(`${variant.name}: ${words[0]}: ${answer.reason} ${answer.text}`);
    return answer.text;
  };
  const opened = await keeper.first();
  if (!opened.ok) throw new Error(opened.text);
  await must('lock', '.fab/lock', '.fab/owner', 'ana');
  const swap = async (id: ReleaseId): Promise<string> => {
    const before = await must('look');
    await must('prepare', `releases/${id}`, before, record(id, 'prepared'));
    await must('decide', record(id, 'decided'));
    const after = await must('commit');
    if (after !== `link releases/${id}`) throw new Error(`${variant.name}: after the rename current is «${after}»`);
    return before;
  };
  return {
    name: `the keeper in ${variant.name}`,
    publish: async (id) => {
      await swap(id);
      await must('close', record(id, 'closed', 'published'));
    },
    undone: async (id) => {
      const before = await swap(id);
      await must('undo', record(id, 'undo'));
      const after = await must('back', before.replace(/^link /, ''));
      if (after !== before) throw new Error(`${variant.name}: after going back current is «${after}»`);
      await must('close', record(id, 'closed', 'undone'));
    },
    away: async (id) => {
      await must('away', `releases/${id}`, `.fab/trash/${id}`);
    },
    end: async () => {
      await keeper.ask('end');
      await keeper.ended;
    },
  };
};

/** A publisher as people write them, wrong in one way each. `$1` is the release's name. */
export interface Planted {
  readonly name: string;
  readonly script: string;
}

export const planted: Readonly<Record<'remove' | 'force' | 'early' | 'inPlace', Planted>> = {
  remove: { name: 'rm current; ln -s', script: 'rm -f current; ln -s "releases/$1" current' },
  force: { name: 'ln -sfn', script: 'ln -sfn "releases/$1" current' },
  early: {
    name: 'the link before the tree',
    script:
      'mv "releases/$1" hidden; ln -s "releases/$1" n; mv -T n current; mv hidden "releases/$1" || mv -T hidden "releases/$1"',
  },
  inPlace: {
    name: 'copied over what is live',
    script: 'for f in version other; do cp "releases/$1/$f" t; mv t "current/$f"; done',
  },
};

/** Runs a planted publisher in a shell of this machine, or of a host with busybox alone. */
export const plantedPublisher = ({ name, script }: Planted, root: string, shell: Shell): Publisher => {
  const run = (text: string, id: string): Promise<void> => {
    const { status, stderr } = spawnSync(shell.words[0], [...shell.words.slice(1), '-c', text, 'publish', id], {
      cwd: root,
      encoding: 'utf8',
      env: environmentFor(shell),
    });
    return status === 0 ? Promise.resolve() : Promise.reject(new Error(`${name}: ${stderr}`));
  };
  return {
    name: `${name} in ${shell.name}`,
    publish: (id) => run(script, id),
    away: (id) => run('mkdir -p .fab/trash && mv "releases/$1" ".fab/trash/$1"', id),
    end: () => Promise.resolve(),
  };
};
