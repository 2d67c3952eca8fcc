import { quote } from '../model/command.ts';

// The shell of durable steps (durable.ts), for dash, bash and busybox. `$d` is the step's directory.

const perlHold = '$f = shift; open F, "<", $f or exit 70; flock F, 2 or exit 70; exit((system {$ARGV[0]} @ARGV) >> 8)';
const pythonHold = `import sys, fcntl, subprocess
f = open(sys.argv[1]); fcntl.flock(f, 2); sys.exit(subprocess.call(sys.argv[2:]))`;

/**
 * Runs a program while the lock is held, by a process that lives as long as the lock does: /proc/locks, and so
 * the survey, would not name one that has ended.
 */
const hold = `hold() { f=$1; shift
if command -v flock >/dev/null; then exec flock "$f" "$@"; fi
if command -v perl >/dev/null; then exec perl -e ${quote(perlHold)} "$f" "$@"; fi
exec python3 -c ${quote(pythonHold)} "$f" "$@"; }`;

/** In place and always as long: a full disk takes it where it would not take a new file. */
const put = `put() { printf "%-127.127s\\n" "$2" 1<>"$1"; }`;

/** Which life of the machine this is: containers keep their boot id over a reboot, their first process changes. */
const boot = `boot() { read -r i </proc/1/stat; i=\${i##*) }; set -- $i; echo "$(cat /proc/sys/kernel/random/boot_id)/\${20}"; }`;

const perlShared = `my ($s, $f) = @ARGV; open F, "<", $f or exit 0; exit !flock F, 5 if !$s;
$SIG{ALRM} = sub { exit 1 }; alarm $s; flock F, 1 or exit 1`;
const pythonShared = `import sys, os, fcntl, signal
try: f = open(sys.argv[2])
except OSError: os._exit(0)
s = int(sys.argv[1])
signal.signal(signal.SIGALRM, lambda *a: os._exit(1)); signal.alarm(s)
try: fcntl.flock(f, 1 if s else 5)
except OSError: os._exit(1)`;

/**
 * `shared S F`: waits until nobody holds the lock; 1 when somebody still does after S seconds. One process, so that
 * nothing is left of it.
 */
const shared = `shared() {
if command -v flock >/dev/null; then
  [ "$1" != 0 ] || exec flock -n -s "$2" true
  case $(flock --help 2>&1) in *-w*) exec flock -w "$1" -s "$2" true;; esac
  i=0; while ! flock -n -s "$2" true; do [ -e "$2" ] || exit 0; [ $i -lt $1 ] || exit 1; i=$((i + 1)); sleep 1; done; exit 0
fi
if command -v perl >/dev/null; then exec perl -e ${quote(perlShared)} "$1" "$2"; fi
exec python3 -c ${quote(pythonShared)} "$1" "$2"; }
held() { [ -e "$1" ] && ! (shared 0 "$1") 2>/dev/null; }`;

/** One at a time begins a step; descriptor 5 is the lock. */
const alone = `alone() {
if command -v flock >/dev/null; then flock 5
elif command -v perl >/dev/null; then perl -e 'open F, ">>&=5"; flock F, 2'
else python3 -c 'import fcntl; fcntl.flock(5, 2)'; fi; }`;

/** The processes of the recorded session that still live; none after a reboot, or when its number was taken again. */
const members = `members() {
read -r sid start life 2>/dev/null <"$d/session" && [ -n "$sid" ] && [ "\${life%% *}" = "$(boot)" ] || return 0
if read -r l 2>/dev/null </proc/$sid/stat; then l=\${l##*) }; set -- $l; [ "\${20}" = "$start" ] || return 0; fi
cat /proc/[0-9]*/stat 2>/dev/null |
sed -nE "s/^([0-9]+) \\(.*\\) [^Z] [0-9]+ [0-9]+ $sid( [0-9-]+){15} ([0-9]+) .*/\\1 \\3/p" |
while read -r p s; do [ "$s" -lt "$start" ] || printf "%s " "$p"; done
return 0; }`;

/**
 * What the file says holds only while the lock is as it was found: it is read before and after the look at the
 * lock, whole each time, since it is written in place.
 */
const state = `state() {
while :; do
  [ -s "$d/status" ] && s=$(cat "$d/status") || { echo absent; return; }
  h=; case $s in
  running*) held "$d/status" && h=yes;;
  starting*) { held "$d/status" || held "$d/lock"; } && h=yes;;
  esac
  [ "$(cat "$d/status")" != "$s" ] || break
done
set -- $s
case $h$1 in yes*) echo "running $2";; starting) echo absent;; running) echo lost "$2" $(members);; *) echo "$*";; esac; }`;

/** Everything that looks at a step begins with these. */
export const looking = [put, boot, shared, members, state].join('\n');

const closed = Array.from({ length: 7 }, (_, index) => `${index + 3}>&-`).join(' ');

// The three shells of a running step, innermost first. $1 is the directory.

/** The command's own process: it is found by what it writes here before the command's first word. */
const leader = `${boot}
read -r s </proc/$$/stat; s=\${s##*) }; d=$1; c=$2; n=$3; set -- $s
printf "%-127.127s\\n" "$$ \${20} $(boot)" 2>/dev/null 1<>"$d/session" || { echo "unwritable $d/session" 1<>"$n"; exit 70; }
echo started 1<>"$n"
exec /bin/sh -c "$c"`;

/** Holds `status` while the command runs, and says there how it ended. */
const watcher = `${put}
exec ${closed}
put "$1/status" "running $(date +%s)"
setsid /bin/sh -c ${quote(leader)} fab-step "$1" "$2" "$3" </dev/null >>"$1/output" 2>&1 &
wait $!; s=$?
by=; read -r by <"$1/cancel"
if [ $s != 0 ] && [ -n "$by" ]; then put "$1/status" "cancelled $(date +%s) $by"; else put "$1/status" "ended $(date +%s) $s"; fi
exit 0`;

/** Holds `lock` for as long as anything of the command's group is left: the release is in use till then. */
const guardian = `${hold}
exec ${closed}
read -r w t n <"$1/status"; [ "$w $n" = "starting $2" ] || exit 75
(hold "$1/status" /bin/sh -c ${quote(watcher)} fab-step "$1" "$3" "$1/started-$2") || exit 70
read -r p n <"$1/session"
i=0; while [ -n "$p" ] && kill -0 "-$p"; do [ $i -lt 20 ] && sleep 0.1 || sleep 1; i=$((i + 1)); done
exit 0`;

const detached = `${hold}
(hold "$1/lock" /bin/sh -c ${quote(guardian)} fab-step "$1" "$2" "$3") || echo refused 1<>"$1/started-$2"`;

/**
 * `$n` the mark, `$k` the command as it may be kept; `$done`, `$untold`, `$lost` say what else it is begun after
 * (BeginWhen in durable.ts). Lays everything out for it, or answers why not and ends.
 */
export const preparing = `${alone}
w=$(mkdir -p "$d" 2>&1 && : 2>&1 >>"$d/command") || { echo "unwritable $w"; exit 0; }
exec 5>>"$d/command"; alone
s=$(state); go=
case $s in
absent|"cancelled "*|"ended "*" told") go=yes;;
"lost "*" "*) ;;
"lost "*) go=$lost;;
"ended "*" 0") go=$done;;
"ended "*) go=$untold;;
esac
if [ "$s" != absent ] && [ "$(cat "$d/command")" != "$k" ]; then
case $s in "ended "*) go=yes;; "running "*) s="other \${s#* }";; esac; fi
[ -n "$go" ] || { echo "$s"; exit 0; }
i=0; while held "$d/lock" && [ -z "$(members)" ] && [ $i -lt 30 ]; do sleep 0.1 || sleep 1; i=$((i + 1)); done
if held "$d/lock"; then echo busy $(members); exit 0; fi
w=$( { { [ ! -e "$d/output" ] || mv -f "$d/output" "$d/output.before"; } &&
printf "%s\\n" "$k" >"$d/command" && : >"$d/output" && : >>"$d/lock" && rm -f "$d"/started-* && mkfifo "$d/started-$n" &&
put "$d/session" "" && put "$d/cancel" "" && put "$d/status" "starting $(date +%s) $n"; } 2>&1 ) || { echo "unwritable $w"; exit 0; }`;

/** `$c` is the command. Answers when its process has begun, or could not. */
export const launching = `exec 6<>"$d/started-$n"
setsid /bin/sh -c ${quote(detached)} fab-step "$d" "$n" "$c" </dev/null >/dev/null 2>&1 ${closed} &
w=; read -r w <&6; rm -f "$d/started-$n" 2>/dev/null; echo "$w"`;

/**
 * The output from its first byte, live, until the step has ended. What `tail` had not yet passed on by then is
 * known by counting, so nothing is missing and nothing is said twice. `$n` is said on standard error every ten
 * minutes: a step may be silent for hours, and a silent command is given up.
 */
export const following = `rm -f "$d"/started-* 2>/dev/null
{ b=$( { tail -c +1 -f "$d/output" 2>/dev/null & t=$!
while (shared 600 "$d/status"); [ $? = 1 ]; do echo "$n" >&2; done
{ kill -KILL $t; wait $t; } 2>/dev/null; } | tee /dev/fd/4 | wc -c )
tail -c "+$((b + 1))" "$d/output"; } 4>&1 | cat
case $(state) in "ended "*" 0") exit 0;; esac
exit 3`;

/** `$n` seconds at most, until the step has ended. */
export const waiting = `(shared "$n" "$d/status")`;

/**
 * `$by` wants it ended: TERM to all of it, KILL after `$g` tenths of a second, and who did it as its status,
 * written here where its wrapper is gone.
 */
export const cancelling = `gone() { i=0; while m=$(members); [ -n "$m" ]; do [ $i -lt $1 ] || return 1; i=$((i + 1)); sleep 0.1 || sleep 1; done; }
put "$d/cancel" "$by"
m=$(members); if [ -n "$m" ]; then
read -r p x <"$d/session"
{ kill -TERM "-$p" $m; kill -CONT "-$p" $m; } 2>/dev/null
gone "$g" || { kill -KILL "-$p" $m 2>/dev/null; gone 20; }
fi
(shared 10 "$d/status")
s=$(state)
case $s in "lost "*" "*) ;; "lost "*) put "$d/status" "cancelled $(date +%s) $by";; esac
state`;
