import { rootOf, type SimHost } from './sim-host.ts';

/** What the survey's command would print on this host (src/survey/script.ts), for the real parser. */
export const surveyText = (host: SimHost): string => {
  const { disk, name, locks, clock } = host;
  const root = rootOf(name);
  const lines: string[] = [];
  const say = (key: string, value: string): void => void lines.push(`${key}\t${value}`);
  for (const [key, value] of Object.entries({
    root,
    user: 'shop',
    uid: '1000',
    home: '/home/shop',
    machine: name,
    clock: String(Math.floor(clock.now / 1000)),
    path: '/usr/bin:/bin',
    boot: `${name} ${host.boots}`,
    'tool-git': '2.39.5',
    'tool-perl': '5.36',
    'tool-flock': 'yes',
    'tool-setsid': 'yes',
    disk: '100000000 50000000',
    inodes: '1000000',
    'sees-all': 'yes',
  }))
    say(key, value);
  if (disk.current !== undefined) {
    say('current-link', disk.current);
    say('current-inside', 'yes');
    if (disk.hasDirectory(disk.current)) say('current-exists', 'yes');
  }
  const locked = (file: string, inode: string): void => {
    say('inode', `${inode} ${root}/${file}`);
    if (locks.has(file)) say('flock', inode);
  };
  for (const [place, release] of disk.under('releases').entries()) {
    say('release', release);
    const own = `releases/${release}/.fab`;
    const record = disk.read(`${own}/release.json`);
    if (record !== undefined) say(`record-${place}`, record);
    locked(`${own}/lock`, String(place + 2));
    each(disk.read(`${own}/journal.jsonl`), (line) => say(`journal-${place}`, line));
  }
  each(disk.read('RELEASES.txt'), (line) => say('recorded', line));
  each(disk.read('.fab/history.jsonl'), (line) => say('history', line));
  for (const key of ['txn', 'epoch', 'owner'] as const) {
    const text = disk.read(`.fab/${key}`);
    if (text !== undefined) say(key, text);
  }
  locked('.fab/lock', '1');
  return lines.join('\n');
};

const each = (text: string | undefined, tell: (line: string) => void): void =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .forEach(tell);
