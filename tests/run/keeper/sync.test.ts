import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KeeperProcess, ok, variants } from './process.ts';

/** Put in front of the keeper's program: every fsync is told, with what it was for, before it is done. */
const spy = `package FabSpy;
use IO::Handle;
my $sync = \\&IO::Handle::sync;
no warnings 'redefine';
*IO::Handle::sync = sub {
  open my $log, '>>', $ENV{FAB_SYNCED} or die;
  print $log readlink('/proc/self/fd/' . fileno $_[0]), "\\n"; close $log;
  $sync->(@_);
};
1;
`;

let folder = '';
let root = '';
let keeper: KeeperProcess;
const log = (): string => join(folder, 'synced');
/** What has been synced since it was asked last, by path from the root. */
const synced = (): readonly string[] => {
  const lines = readFileSync(log(), 'utf8').split('\n').slice(0, -1);
  writeFileSync(log(), '');
  return lines.map((path) => path.replace(root, '').replace(/^\//, '') || '.');
};

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fab-sync-')));
  root = join(folder, 'root');
  mkdirSync(join(root, 'releases/a'), { recursive: true });
  writeFileSync(join(folder, 'FabSpy.pm'), spy);
  writeFileSync(log(), '');
  Object.assign(process.env, { PERL5LIB: folder, PERL5OPT: '-MFabSpy', FAB_SYNCED: log() });
  keeper = new KeeperProcess(
    variants.find(({ name }) => name === 'perl')!,
    root,
  );
  expect(await keeper.first()).toMatchObject({ ok: true });
});
afterEach(async () => {
  delete process.env['PERL5LIB'];
  delete process.env['PERL5OPT'];
  delete process.env['FAB_SYNCED'];
  await keeper.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('what is answered is on the disk: a line of the journal', async () => {
  expect(await keeper.ask('add', 'releases/a/.fab/journal.jsonl', 'line')).toEqual(ok());
  expect(synced()).toEqual(['releases/a/.fab/journal.jsonl']);
});

test('what is answered is on the disk: records and the link, with their directories', async () => {
  expect(await keeper.ask('prepare', 'releases/a', 'absent', 'prepared')).toEqual(ok());
  expect(synced()).toEqual(['.fab/spare.fab-new', '.fab', '.fab/txn.fab-new', '.fab', '.fab']);
  expect(await keeper.ask('decide', 'decided')).toEqual(ok());
  expect(synced()).toEqual(['.fab/txn.fab-new', '.fab']);
  expect(await keeper.ask('commit')).toEqual(ok('link releases/a'));
  expect(synced()).toEqual(['.']);
});
