import { advance } from './controller.ts';
import { outcomesOf } from './keeper.ts';
import type { Rules } from './rules.ts';
import { beginning, canonical, witnesses, type Keeper, type ModelHost, type ModelState } from './state.ts';

/** One thing that may happen next. */
interface Event {
  readonly what: string;
  readonly state: ModelState;
  /** How many hosts, or sets of hosts, it may happen to with the same effect. */
  readonly times: number;
  /** A promise that this event breaks. */
  readonly wrong?: string | undefined;
}

export interface Explored {
  readonly hosts: number;
  readonly runs: number;
  readonly rules: string;
  readonly states: number;
  /** Ways from the beginning to an end. */
  readonly schedules: number;
  readonly violations: number;
  /** The first violation, with the way there. */
  readonly example: string | undefined;
}

export interface Bounds {
  readonly hosts: number;
  /** Runs, the first one included; after every state one more reaches all hosts undisturbed. */
  readonly runs: number;
  /** One violation is enough. */
  readonly untilFirst?: boolean;
}

/** Visits every state that can be reached, each once, and checks what must hold in it. */
export const explore = ({ hosts, runs, untilFirst = false }: Bounds, rules: Rules): Explored => {
  const ways = new Map<string, number>();
  const trace: string[] = [];
  let violations = 0;
  let example: string | undefined;
  const found = (what: string): void => {
    violations += 1;
    example ??= [...trace, `=> ${what}`].join('\n');
  };
  const visit = (next: ModelState): number => {
    const { key, state } = canonical(next);
    const known = ways.get(key);
    if (known !== undefined) return known;
    const wrong = whatIsWrong(state, rules);
    if (wrong !== undefined) found(wrong);
    let count = 0;
    for (const event of eventsIn(state, runs, rules)) {
      if (untilFirst && violations > 0) break;
      trace.push(event.what);
      if (event.wrong !== undefined) found(event.wrong);
      count += event.times * visit(event.state);
      trace.pop();
    }
    const total = Math.max(1, count);
    ways.set(key, total);
    return total;
  };
  const schedules = visit(beginning(hosts));
  return { hosts, runs, rules: rules.name, states: ways.size, schedules, violations, example };
};

const eventsIn = (state: ModelState, runs: number, rules: Rules): readonly Event[] => [
  ...state.controllers.flatMap((_, index) => {
    const next = advance(state, index, rules);
    return next === undefined ? [] : [{ what: `run ${index} goes on`, times: 1, ...next }];
  }),
  ...state.controllers.flatMap((controller, index) =>
    controller.waiting === 'over'
      ? []
      : [{ what: `run ${index} is killed`, times: 1, state: withoutController(state, index) }],
  ),
  ...state.hosts.flatMap((host, at) => hostEvents(state, host, at, rules)),
  ...(state.controllers.length < runs ? nextRuns(state, rules) : []),
];

const hostEvents = (state: ModelState, host: ModelHost, at: number, rules: Rules): readonly Event[] => {
  const { keeper } = host;
  // Equal hosts are one object, side by side: what happens to one of them might happen to any.
  if (keeper === undefined || state.hosts[at - 1] === host) return [];
  const times = state.hosts.lastIndexOf(host) - at + 1;
  const name = `host ${at}`;
  const replaced = (by: ModelHost): ModelState => ({ ...state, hosts: state.hosts.with(at, by) });
  const epoch = state.controllers[keeper.of]?.epoch ?? 0;
  return [
    ...outcomesOf(host, epoch).map(({ how, host: by }) => ({
      what: `${name} ${how} ${keeper.word ?? ''}`,
      state: replaced(by),
      times,
      wrong: keeper.word === 'rename' ? tooEarly(state, keeper.of, rules) : undefined,
    })),
    { what: `${name} loses its keeper`, state: replaced({ ...host, keeper: undefined }), times },
    // Without a word in flight, a keeper that is not heard can do nothing: as good as ended.
    ...(keeper.heard && keeper.word !== undefined
      ? [
          {
            what: `${name} is not heard any more`,
            state: replaced({ ...host, keeper: { ...keeper, heard: false } }),
            times,
          },
        ]
      : []),
  ];
};

const withoutController = (state: ModelState, index: number): ModelState => ({
  ...state,
  hosts: state.hosts.map((host) => {
    const { keeper } = host;
    if (keeper?.of !== index) return host;
    return { ...host, keeper: keeper.word === undefined ? undefined : { ...keeper, heard: false } };
  }),
  controllers: state.controllers.map((each, at) => (at === index ? { ...each, waiting: 'over' } : each)),
});

/** The next run, on every set of hosts that it might reach. It has their locks, so older keepers there are gone. */
const nextRuns = (state: ModelState, rules: Rules): readonly Event[] => {
  const { hosts } = state;
  const sets = new Map<string, { readonly set: readonly boolean[]; readonly times: number }>();
  for (let bits = 1; bits < 2 ** hosts.length; bits += 1) {
    const set = hosts.map((_, at) => (bits & (1 << at)) !== 0);
    const size = set.filter((is) => is).length;
    if (rules.majority && size * 2 <= hosts.length) continue;
    // How many it reaches of each kind of equal hosts tells one set from another.
    const kinds = hosts.map((host) => hosts.filter((other, at) => other === host && set[at]).length).join();
    sets.set(kinds, { set, times: (sets.get(kinds)?.times ?? 0) + 1 });
  }
  return [...sets.values()].map(({ set, times }) => ({ ...begun(state, set, rules), times }));
};

const begun = (state: ModelState, set: readonly boolean[], rules: Rules): Omit<Event, 'times'> => {
  const of = state.controllers.length;
  const reached = state.hosts.filter((_, at) => set[at]);
  const epochs = reached.flatMap(({ fence, record }) => [rules.epochClaimed ? fence : 0, record?.epoch ?? 1]);
  const keeper: Keeper = rules.epochClaimed
    ? { of, heard: true, word: 'claim', answer: undefined }
    : { of, heard: true, word: undefined, answer: 'ok' };
  return {
    what: `run ${of} begins with hosts ${state.hosts.flatMap((_, at) => (set[at] ? [at] : [])).join(', ')}`,
    state: {
      ...state,
      hosts: state.hosts.map((host, at) => (set[at] ? { ...host, keeper } : host)),
      controllers: [
        ...state.controllers,
        { waiting: 'claiming', epoch: Math.max(...epochs) + 1, size: reached.length },
      ],
    },
  };
};

/** Nobody renames before the decision is everywhere; for a run that settles, wherever it has a keeper. */
const tooEarly = ({ hosts }: ModelState, run: number, rules: Rules): string | undefined =>
  rules.decision === 'on all' && !hosts.every(({ wasDecided, keeper }) => wasDecided || (run > 0 && keeper?.of !== run))
    ? 'a rename before the decision is everywhere'
    : undefined;

/** Whatever came before: a run that reaches all hosts must make them one, and as it was promised. */
const whatIsWrong = ({ hosts, promised }: ModelState, rules: Rules): string | undefined => {
  const settlement = rules.settle(witnesses(hosts, () => true));
  const [first] = hosts;
  if (settlement.kind === 'settled' && hosts.some(({ link }) => link !== first?.link))
    return `settled, and split: ${shown(hosts)}`;
  if (settlement.kind === 'abort' && hosts.some(({ link }) => link === 'new'))
    return `abort, and some have renamed: ${shown(hosts)}`;
  const ends = settlement.kind === 'settled' ? first?.link : settlement.kind === 'forward' ? 'new' : 'old';
  return promised !== undefined && ends !== promised
    ? `${promised} was promised, and it ends ${ends ?? ''}: ${shown(hosts)}`
    : undefined;
};

const shown = (hosts: readonly ModelHost[]): string =>
  hosts.map(({ link, record }) => `${link} ${record?.phase ?? 'no record'} ${record?.epoch ?? ''}`.trim()).join(' · ');
