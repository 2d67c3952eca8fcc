import { quote } from '../model/command.ts';

/**
 * How a command reaches a host. What stands on the remote command line is one constant text, free
 * of quotes, backslashes and `!` so that every login shell (csh and fish too) passes it on; the
 * program itself, the variables and the secrets travel as one line on standard input.
 */
const bootstrap = `/bin/sh -c 'IFS= read -r s&&eval "$(printf %b "$s")"'`;

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
  /** A lock that the run's keeper holds for as long as the run lives. */
  readonly alive?: string;
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

const surroundings = ({ marker, directory, path, variables }: Wrapped): string => {
  const names = Object.keys(variables);
  const bad = names.find((name) => !variableName.test(name));
  if (bad !== undefined) throw new Error(`«${bad}» is no name for an environment variable.`);
  return [
    `printf '%s\\n' ${quote(marker)}`,
    'umask 022',
    ...(path.length > 0 ? [`PATH=${path.map(quote).join(':')}:$PATH`, 'export PATH'] : []),
    ...names.map((name) => `export ${name}=${quote(variables[name] ?? '')}`),
    ...(directory === undefined ? [] : [`cd -- ${quote(directory)} || exit 125`]),
  ].join('\n');
};

/**
 * The command in a process group of its own, under a watcher. The group is gone when our standard
 * input ends (the controller or its connection died, or gave up) and when the keeper's lock becomes
 * free (the link is cut and the keeper's own life is over): first TERM, KILL after 5 s. Nothing is
 * said after the command: bash would tell that the watcher was killed, with all of its text.
 */
export const wrapped = (what: Wrapped): string => `${surroundings(what)}
exec 3<&0
setsid /bin/sh -c ${quote(what.command)} </dev/null 3<&- & p=$!
setsid /bin/sh -c ${quote(watcher)} fab-watch $p ${quote(what.alive ?? '')} <&3 >/dev/null 2>&1 3<&- & w=$!
exec 3<&- </dev/null
wait $p; s=$?
exec 2>/dev/null
kill -KILL -$w $w
exit $s`;

const watcher = `end() { kill -TERM -$1; n=0
while kill -0 -$1 && [ $n -lt 50 ]; do sleep 0.1 || sleep 1; n=$((n+1)); done
kill -KILL -$1; }
if [ -n "$2" ] && command -v flock; then { flock -s "$2" true && end $1; } </dev/null & fi
while read -r x; do :; done
end $1`;

/** The command owns standard input itself: a protocol such as git's, a file's content, the keeper. */
export const talking = (what: Wrapped): string => `${surroundings(what)}
${what.command}`;
