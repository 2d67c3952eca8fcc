import { quote } from '../model/command.ts';
import { holdOn, type Tie } from './tie.ts';

/**
 * How a command reaches a host. What stands on the remote command line is one constant text, free
 * of quotes, backslashes and `!` so that every login shell (csh and fish too) passes it on; the
 * program itself, the variables and the secrets travel as one line on standard input.
 */
const bootstrap = `/bin/sh -c 'IFS= read -r s&&eval "$(printf %b "$s")"'`;

/** As whom a command is sent: the login user, or another one through sudo. */
export interface As {
  readonly user: string | undefined;
}

/** The text for the SSH channel: as the login user, or as another one through sudo. */
export const channelText = (user: string | undefined): string =>
  user === undefined ? `exec ${bootstrap}` : `exec sudo -n -H -u ${quote(user)} -- ${bootstrap}`;

/** A program as the one line that `bootstrap` reads. */
export const asLine = (program: string): string =>
  `${program.trimEnd().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;

export interface Wrapped {
  /** Printed first, alone on a line: whatever a login shell says before it is no answer. */
  readonly marker: string;
  readonly command: string;
  readonly directory?: string;
  /** Put in front of PATH. */
  readonly path: readonly string[];
  /** Already revealed: this text goes to standard input only. */
  readonly variables: Readonly<Record<string, string>>;
  readonly tie?: Tie;
  /** Seconds after which a command that talks is ended on the host itself. */
  readonly limit?: number;
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

const surroundings = ({ marker, path, variables }: Wrapped): string => {
  const names = Object.keys(variables);
  const bad = names.find((name) => !variableName.test(name));
  if (bad !== undefined) throw new Error(`«${bad}» is no name for an environment variable.`);
  return [
    `printf '%s\\n' ${quote(marker)}`,
    'umask 022',
    ...(path.length > 0 ? [`PATH=${path.map(quote).join(':')}:$PATH`, 'export PATH'] : []),
    ...names.map((name) => `export ${name}=${quote(variables[name] ?? '')}`),
  ].join('\n');
};

const enter = ({ directory }: Wrapped): string =>
  directory === undefined ? '' : `cd -- ${quote(directory)} || exit 125\n`;

/**
 * The command in a process group of its own, under a watcher. The group is gone when our standard
 * input ends (the controller or its connection died, or gave up) and when the keeper's lock becomes
 * free (the link is cut and the keeper's own life is over).
 */
export const wrapped = (what: Wrapped): string =>
  grouped(what, {
    commandReads: '/dev/null',
    watcherReads: '&3',
    watcher: watcher(what, 'while read -r x; do :; done; end'),
  });

/**
 * The command owns standard input itself: a protocol such as git's, a file's content. The end of
 * input is for it to notice; its group is gone when the keeper's lock becomes free and when its time
 * is up. Without a tie and a limit it takes the shell's own place: the keeper is started like this,
 * and nothing may stand between it and its input.
 */
export const talking = (what: Wrapped): string =>
  what.tie === undefined && what.limit === undefined
    ? `${surroundings(what)}\n${enter(what)}${what.command}`
    : grouped(what, { commandReads: '&3', watcherReads: '/dev/null', watcher: watcher(what, 'wait') });

interface Roles {
  readonly commandReads: string;
  readonly watcherReads: string;
  readonly watcher: string;
}

/**
 * Of the run's descriptors the command gets none: a daemon that it starts holds nothing. The shell
 * and the watcher keep them until the group is gone, also when one of the two is killed. TERM ends a
 * watcher that waits; one that is ending the group ignores it and is waited for, since the first of
 * the group to die is not the last. Nothing is said after the command: bash would tell that the
 * watcher was ended, with all of its text.
 */
const grouped = (what: Wrapped, roles: Roles): string => `${surroundings(what)}
fab_locker=
${what.tie === undefined ? '' : holdOn(what.tie)}
exec 3<&0 </dev/null
{ ${what.tie === undefined ? '' : 'fab_fence\n'}${enter(what)}exec setsid /bin/sh -c ${quote(what.command)} <${roles.commandReads} 3<&- 8<&-; } 7<&- & p=$!
setsid /bin/sh -c ${quote(roles.watcher)} fab-watch $p "$fab_locker" <${roles.watcherReads} >/dev/null 2>&1 3<&- & w=$!
exec 3<&-
wait $p; s=$?
exec 2>/dev/null
kill -TERM -$w || kill -TERM $w
wait $w
while kill -0 -$p && kill -0 -$w; do sleep 0.1 || sleep 1; done
exit $s`;

/**
 * `$1` is the command's process, which may not have become a group yet; `$2` defines fab_lock, if
 * there is a lock to watch. Input, lock and limit are watched by processes of their own: each ends
 * the group alone, should another be killed. A stopped group is woken, so that it can obey; what
 * ignores TERM is killed after 1.2 s, so that within 2 s of the reason all of it is gone.
 */
const watcher = ({ limit }: Wrapped, last: string): string => `p=$1
gone() { for t; do kill -0 -$p || return 0; sleep $t || { sleep 1; return; }; done; }
end() { trap '' TERM
kill -TERM -$p || kill -TERM $p
kill -CONT -$p; gone 0.05 0.1 0.15 0.2 0.3 0.4
kill -KILL -$p && gone 0.05 0.1 0.15
kill -KILL 0; }
if [ -n "$2" ]; then eval "$2"; { fab_lock 7; end; } </dev/null 8<&- & fi
${limit === undefined ? '' : `{ sleep ${Math.ceil(limit) + 1}; end; } </dev/null 8<&- &`}
${last}`;
