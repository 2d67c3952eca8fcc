import { asksOf, type Ask } from './ask.ts';

/** One place of the product, and what stands there in the mutant. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Must be there exactly once, or the mutant is stale. */
  readonly from: string;
  readonly to: string;
}

/** One bug, planted on purpose, and the quickest command that must fail because of it. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly caughtBy: Ask;
}

const publish = 'src/run/publish.ts';
const perl = 'src/run/keeper/perl.ts';
/** The simulation's own keeper has the interlocks of the real ones; a bug that needs them gone takes them away there, too. */
const simulated = 'tests/simulation/engine/sim-keeper.ts';
const { schedules, unit, reader, lease } = asksOf();

export const mutants: readonly Mutant[] = [
  {
    name: 'no undo: after a refused rename the others stay',
    edits: [{ file: publish, from: '  await undo(round, record);\n  return false;', to: '  return false;' }],
    caughtBy: unit('tests/run/publish.test.ts', 'a rename that fails on one host'),
  },
  {
    name: 'no undo: recorded and closed as undone, and no link put back',
    edits: [
      {
        file: publish,
        from: "const answers = await askAll(state.keepers, hosts, (host) => ['back', record.participants[host] ?? '']);",
        to: 'const answers = recorded;',
      },
    ],
    caughtBy: schedules,
  },
  {
    name: 'undo recorded on the first host only',
    edits: [
      {
        file: publish,
        from: "askAll(state.keepers, hosts, () => ['undo', text]);",
        to: "askAll(state.keepers, hosts.slice(0, 1), () => ['undo', text]);",
      },
      {
        file: publish,
        from: 'hosts.find((host) => recorded.get(host)?.ok !== true);',
        to: 'hosts.slice(0, 1).find((host) => recorded.get(host)?.ok !== true);',
      },
      { file: perl, from: "return no_('error', 'no undo is recorded') unless $phase eq 'undo';", to: '' },
      { file: simulated, from: "if (this.#phase !== 'undo') return no('error', 'no undo is recorded');", to: '' },
    ],
    caughtBy: schedules,
  },
  {
    name: '`ln -sfn` as some do it, unlink and a new link, in place of rename(2)',
    edits: [
      {
        file: perl,
        from: `rename '.fab/next', 'current' or return`,
        to: `my $to = readlink '.fab/next'; unlink 'current', '.fab/next'; !system 'ln', '-s', $to, 'current' or return`,
      },
    ],
    caughtBy: reader,
  },
  {
    name: 'the decision after the rename',
    edits: [
      {
        file: publish,
        from: 'if ((await prepare(round, record)) && (await decide(round, record))) return',
        to: 'if (await prepare(round, record)) return',
      },
      {
        file: publish,
        from: "const answers = await askAll(state.keepers, hosts, () => ['commit']);",
        to: `const answers = await askAll(state.keepers, hosts, () => ['commit']);
  await askAll(state.keepers, saidYes(answers), () => ['decide', inPhase(record, { phase: 'decided' })]);`,
      },
      { file: perl, from: "unless $phase eq 'prepared' && -l '.fab/next';", to: ';' },
      { file: perl, from: "unless $phase eq 'decided' && -l '.fab/next';", to: "unless -l '.fab/next';" },
      {
        file: simulated,
        from: "if (this.#phase !== 'prepared' || this.#next === undefined) return",
        to: 'if (false) return',
      },
      {
        file: simulated,
        from: "if (this.#phase !== 'decided' || this.#next === undefined) return",
        to: 'if (this.#next === undefined) return',
      },
    ],
    caughtBy: schedules,
  },
  {
    name: 'token unchecked: a command of an older run begins',
    edits: [{ file: 'src/session/tie.ts', from: '[ "$fab_epoch" != ${epoch} ]\n', to: 'return 1\n' }],
    caughtBy: unit('tests/session/tie.slow.test.ts', 'dash.* is refused when another run has taken over'),
  },
  {
    name: 'token unchecked: a command begins when its run is over',
    edits: [{ file: 'src/session/tie.ts', from: 'fab_lock 7 -n && fab_refuse_lost\n', to: '' }],
    caughtBy: unit('tests/session/tie.slow.test.ts', 'dash.* is refused when the run is over'),
  },
  {
    name: 'heartbeat ignored: the keeper never ends by itself',
    edits: [
      {
        file: perl,
        from: 'last if $left < 0 || !select $ready, undef, undef, $left + 0.01;',
        to: 'select $ready, undef, undef, undef;',
      },
    ],
    caughtBy: lease('perl ends by itself'),
  },
  {
    name: 'heartbeat ignored: a keeper obeys what was said while it was stopped',
    edits: [{ file: perl, from: 'last if uptime() > $heard + $lease; #', to: '#' }],
    caughtBy: lease('perl stopped for longer'),
  },
  {
    name: 'heartbeat ignored: the controller goes on when none is answered',
    edits: [
      {
        file: 'src/run/keeper/keeper.ts',
        from: 'if (Date.now() - answeredAt > lease * 1000) {',
        to: 'if (answeredAt < 0) {',
      },
    ],
    caughtBy: unit('tests/run/keeper/heartbeat.test.ts'),
  },
  {
    name: 'the watchdog kills the leader, not the group',
    edits: [
      { file: 'src/session/wrapper.ts', from: 'kill -TERM -$p || kill -TERM $p\n', to: 'kill -TERM $p\n' },
      { file: 'src/session/wrapper.ts', from: 'kill -KILL -$p && gone', to: 'kill -KILL $p && gone' },
    ],
    caughtBy: unit('tests/session/wrapper.test.ts', 'dash the end of its input ends the group'),
  },
  {
    name: 'a step counts without a line in the journal',
    edits: [
      {
        file: 'src/run/step-journal.ts',
        from: "await keepers.get(host)?.ask('add', `releases/${release}/.fab/journal.jsonl`, line);",
        to: "{ ok: keepers.has(host) && line !== '', text: '' };",
      },
    ],
    caughtBy: unit('tests/run/engine.test.ts', 'a failed build publishes nowhere'),
  },
  {
    name: 'journal not synced',
    edits: [{ file: perl, from: '$h->flush and $h->sync and close $h', to: '$h->flush and close $h' }],
    caughtBy: unit('tests/run/keeper/sync.test.ts'),
  },
  {
    name: 'a journal line with a wrong checksum accepted',
    edits: [
      {
        file: 'src/model/journal-line.ts',
        from: 'else if (sum === checksum(JSON.stringify({ v, ...entry })))',
        to: "else if (typeof sum === 'string')",
      },
    ],
    caughtBy: unit('tests/model/journal-line.test.ts', 'a line that was altered'),
  },
  {
    name: 'a torn journal line accepted',
    edits: [
      {
        file: 'src/model/journal-line.ts',
        from: 'else if (sum === checksum(JSON.stringify({ v, ...entry })))',
        to: 'else if (v === undefined || sum === checksum(JSON.stringify({ v, ...entry })))',
      },
    ],
    caughtBy: unit('tests/model/journal-line.test.ts', 'a line torn at any byte'),
  },
  {
    name: 'cleaning ignores pins',
    edits: [{ file: 'src/plan/retention.ts', from: '  if (pinned !== undefined)\n', to: '  if (pinned === null)\n' }],
    caughtBy: unit('tests/plan/retention.property.test.ts', 'nothing that anybody needs is deleted'),
  },
  {
    name: 'cleaning does not ask who holds a release',
    edits: [{ file: perl, from: `free($_) or return no_('held') for "$p/.fab/lock", @steps;`, to: '' }],
    caughtBy: unit('tests/run/keeper/keeper.test.ts', 'in perl away not while'),
  },
  {
    name: 'read-back skipped: what was planned is taken for what is there',
    edits: [
      {
        file: 'src/run/standings.ts',
        from: 'await standingOn(keepers.get(host), state)',
        to: "{ kind: 'release', id: plan.release?.id, commit: plan.release?.commit }",
      },
    ],
    caughtBy: schedules,
  },
  {
    name: 'unknown taken for old: a host that cannot be asked counts as unchanged',
    edits: [
      {
        file: 'src/run/standings.ts',
        from: 'const seen = Object.values(standings);\n',
        to: "const seen = Object.values(standings).filter(({ kind }) => kind !== 'unknown');\n",
      },
    ],
    caughtBy: schedules,
  },
  {
    name: 'unknown taken for old: silence after the word makes the others go back',
    edits: [
      { file: publish, from: 'if (silent(answers).length > 0) return false;\n', to: '' },
      {
        file: publish,
        from: 'if (saidNo(answers).length === 0) return confirm',
        to: 'if (saidYes(answers).length === hosts.length) return confirm',
      },
      {
        file: publish,
        from: 'const without = hosts.find((host) => recorded.get(host)?.ok !== true);',
        to: 'const without = hosts.find((host) => recorded.get(host)?.ok === false);',
      },
      {
        file: publish,
        from: 'const failed = hosts.find((host) => answers.get(host)?.ok !== true);',
        to: 'const failed = hosts.find((host) => answers.get(host)?.ok === false);',
      },
    ],
    caughtBy: schedules,
  },
  {
    name: 'an interrupted publish is finished without a majority',
    edits: [
      { file: 'src/run/settle.ts', from: 'hosts.length * 2 > participants.length;', to: 'hosts.length > 0;' },
      { file: 'src/plan/reach.ts', from: '=> some * 2 > all;', to: '=> some > 0 && all > 0;' },
    ],
    caughtBy: schedules,
  },
  {
    name: 'whoever has closed a publish is through with it, however it ended elsewhere',
    edits: [
      {
        file: 'src/model/publish-record.ts',
        from: 'same.filter(({ record }) => !endedBy(kind, record))',
        to: 'same.filter(({ record }) => !isOver(record))',
      },
    ],
    caughtBy: unit('tests/simulation/protocol/protocol.slow.test.ts', '3 hosts: whole from everywhere'),
  },
  {
    name: 'a new run does not raise the number',
    edits: [{ file: 'src/run/fence.ts', from: '.flatMap(numbersIn)) + 1;', to: '.flatMap(numbersIn));' }],
    caughtBy: schedules,
  },
  {
    name: 'durable status lost: its end is not written',
    edits: [
      {
        file: 'src/session/durable-script.ts',
        from: 'else put "$1/status" "ended $(date +%s) $s"; fi',
        to: 'else :; fi',
      },
    ],
    caughtBy: unit('tests/run/durable-script.test.ts', 'dash.* its output and its status are kept'),
  },
  {
    name: 'durable status lost: a lost step is taken for a success',
    edits: [
      {
        file: 'src/session/durable-script.ts',
        from: 'running) echo lost "$2" $(members);;',
        to: 'running) echo ended "$2" 0;;',
      },
    ],
    caughtBy: unit('tests/run/durable-script.test.ts', 'dash.* lost: the wrapper is killed'),
  },
  {
    name: 'a plan from before another run is believed',
    edits: [{ file: 'src/run/changed-meanwhile.ts', from: '  lockHeld ||\n  found.epoch !== epoch ||\n', to: '' }],
    caughtBy: unit('tests/run/engine.test.ts', 'a resume does nothing again'),
  },
  {
    name: 'a way back that has become another one is gone',
    edits: [
      {
        file: 'src/run/ready.ts',
        from: 'if (isOfOneRelease && release?.id !== again.release?.id)',
        to: "if (task.name === '')",
      },
    ],
    caughtBy: unit('tests/run/engine.test.ts', 'a rollback that would go elsewhere'),
  },
  {
    name: 'a release in its second life takes the restarts of its first one for its own',
    edits: [
      {
        file: 'src/plan/done-steps.ts',
        from: '!afterwards.has(entry.step) || !isOld(entry, index)',
        to: 'entry !== undefined || index < 0',
      },
    ],
    caughtBy: unit('tests/run/engine.test.ts', 'published again, a release is restarted again'),
  },
  {
    name: 'a way back is planned as if no publish were to be finished first',
    edits: [{ file: 'src/plan/target.ts', from: 'const hosts = asSettled(found);', to: 'const hosts = found;' }],
    caughtBy: unit('tests/plan/rollback.test.ts', 'a deploy that was interrupted'),
  },
];
