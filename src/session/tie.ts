import { quote } from '../model/command.ts';

/**
 * What ties a command to its run: it begins only while the run holds its lock, and ends with it.
 *
 * A file that the acting user may not open (another user through `as`, a home that is closed to
 * others) says nothing to that user: such a command has no fence, and only the end of its standard
 * input ends it. A file that is gone is different: the run that made it is over.
 */
export interface Tie {
  /** Absolute path of a lock file that the run's keeper holds (exclusive flock) for as long as the run lives. */
  readonly alive: string;
  /** For runs that hold the fleet's lock: `.fab/work` and `.fab/epoch` (absolute), and the number that this run wrote there. */
  readonly fence?: { readonly work: string; readonly epochFile: string; readonly epoch: number };
}

const tookOver = 'This run has lost its lock on the host: another run took over.';
const isOver = 'The run that sent this command is over, so the command did not begin.';
const noLocks = 'None of flock, perl and python3 is in the PATH here, so the command cannot be tied to its run.';

/** `fab_lock DESCRIPTOR [-n]`: a shared flock(2) on a descriptor of the shell; with -n without waiting. */
const lockers = {
  flock: 'fab_lock() { flock -s $2 $1; }',
  perl: `fab_lock() { perl -e 'open my $h, "<&=", $ARGV[0]; exit !flock $h, @ARGV > 1 ? 5 : 1' -- "$@"; }`,
  python3: `fab_lock() { python3 -c 'import fcntl, sys; fcntl.flock(int(sys.argv[1]), 5 if sys.argv[2:] else 1)' "$@" 2>/dev/null; }`,
};

/**
 * Shell text that opens the run's files before a command: descriptor 7 is the alive lock, 8 is
 * `.fab/work`. It ends the shell with a sentence and status 125 when the run is over. Afterwards
 * `fab_locker` defines `fab_lock`, or is empty where there is nothing to watch, and `fab_fence`
 * lets a command through or ends its shell.
 *
 * The lock on `.fab/work` comes first and the look at the epoch second: a new run writes its epoch
 * and then waits for this lock, so either it waits for the command or the command sees its epoch.
 */
export const holdOn = ({ alive, fence }: Tie): string => `fab_refuse() { printf '%s\\n' "$1" >&2; exit 125; }
fab_refuse_lost() { fab_newer && fab_refuse ${quote(tookOver)}; fab_refuse ${quote(isOver)}; }
fab_find() { # 0: can be opened, 1: is gone, 2: this user may not know.
[ -r "$1" ] && return 0
fab_there=$1
while [ -n "$fab_there" ] && [ ! -e "$fab_there" ]; do fab_there=\${fab_there%/*}; done
[ "$fab_there" != "$1" ] && [ -x "\${fab_there:-/}" ] && return 1
return 2
}
${Object.entries(lockers)
  .map(([tool, text]) => `if command -v ${tool} >/dev/null 2>&1; then fab_locker=${quote(text)}`)
  .join('\nel')}
else fab_refuse ${quote(noLocks)}; fi
eval "$fab_locker"
${fence === undefined ? unfenced : fenced(fence)}
fab_find ${quote(alive)}
case $? in
0) command exec 7<${quote(alive)} || fab_refuse_lost
fab_lock 7 -n && fab_refuse_lost
fab_begin;;
1) fab_refuse_lost;;
*) fab_locker=;;
esac`;

const unfenced = `fab_newer() { return 1; }
fab_begin() { :; }
fab_fence() { :; }`;

const fenced = ({ work, epochFile, epoch }: NonNullable<Tie['fence']>): string => `fab_fenced=
fab_newer() { # Of an epoch that this user may not read, nothing is known.
fab_find ${quote(epochFile)}
case $? in 1) return 0;; 2) return 1;; esac
fab_epoch=; read -r fab_epoch <${quote(epochFile)}
[ "$fab_epoch" != ${epoch} ]
}
fab_begin() {
fab_find ${quote(work)}
case $? in
0) command exec 8<${quote(work)} || fab_refuse_lost; fab_fenced=yes;;
1) fab_refuse_lost;;
esac
}
fab_fence() { [ -z "$fab_fenced" ] || { fab_lock 8 && ! fab_newer; } || fab_refuse ${quote(tookOver)}; }`;
