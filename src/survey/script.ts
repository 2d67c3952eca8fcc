import { quote } from '../model/command.ts';

export interface SurveyQuestion {
  /** As the settings have it; a leading `~` is resolved on the host. */
  readonly root: string;
  readonly sharedPaths: readonly string[];
  /** Releases whose journals are wanted besides those of the newest ones. */
  readonly journalsOf: readonly string[];
  /** Whether the size of the last release is wanted; it costs du where the record does not say it. */
  readonly measure?: boolean;
  /** A second look in one run leaves out the tools and the disk, which cost a process each. */
  readonly again?: boolean;
}

/** What stands in a run's way before anything is written: tools that are missing, a disk that is full. */
const means = `
has git && v=$(git --version 2>/dev/null) && say tool-git "$v"
if has perl && v=$(perl -e 'print $]' 2>/dev/null); then say tool-perl "$v"
elif has python3 && v=$(python3 --version 2>/dev/null); then say tool-python3 "$v"; fi
for t in flock setsid; do has $t && say "tool-$t" yes; done
df -Pk "$d" 2>/dev/null | { read -r x && read -r x size x free x && say disk "$size $free"; }
# A file system without a fixed number of inodes (btrfs) has none in all, or a dash.
df -Pi "$d" 2>/dev/null | { read -r x && read -r x size x free x && [ "$size" -gt 0 ] 2>/dev/null && say inodes "$free"; }
`;

/** How many of the newest releases' journals are read: a resume looks no further back unless told to. */
const newestJournals = 8;

/**
 * The release that the next one will be like: the live one, else the newest that was finished, or that no record
 * says is not. A tree so large that du takes longer is not measured.
 */
const measuring = `
finished() {
  [ -d "$r/releases/$1" ] && [ ! -L "$r/releases/$1" ] || return 1
  [ ! -f "$r/releases/$1/.fab/release.json" ] || grep -q '"state": *"built"' "$r/releases/$1/.fab/release.json"
}
b=
[ -d "$r/current/" ] && b=\${t##*/} && { [ -d "$r/releases/$b" ] || b=; }
if [ -z "$b" ]; then
  for x in $(ls "$r/releases" 2>/dev/null | grep '^[0-9][0-9][0-9][0-9]-[0-9._-]*$' | sort -r); do
    finished "$x" && b=$x && break
  done
fi
if [ -n "$b" ]; then
  say sized "$b"
  grep -q '"size":' "$r/releases/$b/.fab/release.json" 2>/dev/null ||
    say size "$(timeout 10 du -skx "$r/releases/$b" 2>/dev/null | awk '{print $1}') $(timeout 10 find "$r/releases/$b" -xdev 2>/dev/null | wc -l)"
fi
`;

/**
 * Prints the content of files, and what else comes in on its standard input, as fields. One process for all of
 * them: a host of a hundred releases costs no more of them than a host of one. `k` stands before each file and is
 * what its lines are; in the input, lines `<tab>kind` say what follows.
 */
const content = `
function say(kind, text) { printf "%s\\t", kind; print text }
function flush() { if (pending != "") { say(pending, text); pending = text = "" } }
FNR == 1 { flush() }
kind == "input" && /^\\t/ { part = substr($0, 2); next }
kind == "word" { pending = k; text = FNR == 1 ? $0 : text " " $0; next }
kind == "lines" { say(k, $0); next }
part == "recorded" || part == "history" { say(part, $0); next }
part == "inode" { sub(/^ */, ""); say(part, $0); next }
part == "locks" { if ($2 == "FLOCK") { n = split($6, a, ":"); say("flock", a[n]) } next }
part == "use" && $0 == "all" { say("sees-all", "yes"); next }
part == "use" {
  i = index($0, " -> "); t = substr($0, i + 4)
  if (i && index(t, p) == 1) { t = substr(t, length(p) + 1); sub("/.*", "", t); if (!used[t]++) say("inuse", t) }
}
END { flush() }`;

/**
 * One command that reads a host whole and changes nothing. It answers in lines of tab-separated
 * fields (parse.ts). It needs sh, coreutils or busybox; everything else is reported as absent.
 * Every process it starts is paid for on every host of every run: shell where shell can do it.
 */
export const surveyScript = ({
  root,
  sharedPaths,
  journalsOf,
  measure = false,
  again = false,
}: SurveyQuestion): string => `
r=${quote(root)}
case $r in "~") r=$HOME;; "~/"*) r=$HOME/\${r#"~/"};; esac
say() { printf '%s\\t%s\\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
i=$(id); i=\${i%% *}; uid=\${i#uid=}; uid=\${uid%%(*}; u=$uid
case $i in *"("*) u=\${i#*(}; u=\${u%)};; esac
{ read -r m < /proc/sys/kernel/hostname; } 2>/dev/null || m=$(uname -n)
say root "$r"; say user "$u"; say uid "$uid"; say home "$HOME"; say machine "$m"
say clock "$(date +%s)"; say path "$PATH"
{ read -r m < /proc/sys/kernel/random/boot_id; } 2>/dev/null && say boot "$m"
d=$r
while [ ! -d "$d" ]; do d=\${d%/*}; d=\${d:-/}; done
[ -w "$d" ] || say readonly "$d"
for f in "$r/releases" "$r/.fab" "$r/.fab/lock" "$r/.fab/txn" "$r/.fab/epoch" "$r/.fab/history.jsonl" "$r/RELEASES.txt"; do
  [ ! -e "$f" ] || [ -w "$f" ] || say readonly "$f"
done
${again ? '' : means}p=$(cd "$r/releases" 2>/dev/null && pwd -P)
t=
if [ -L "$r/current" ]; then
  t=$(readlink "$r/current")
  say current-link "$t"
  t=\${t%/}
  case $t in /*) ;; *) t=$r/$t;; esac
  # It must lie in our own releases/, by whatever path; it need not be there.
  if [ "\${t%/*}" = "$r/releases" ] || { [ -n "$p" ] && [ "$(cd "\${t%/*}" 2>/dev/null && pwd -P)" = "$p" ]; }; then
    say current-inside yes
  fi
  [ -d "$r/current/" ] && say current-exists yes
elif [ -e "$r/current" ]; then say current-real yes; fi
for s in ${sharedPaths.map(quote).join(' ')}; do
  case $s in */) ;; *) [ -e "$r/shared/$s" ] || say missing "$s";; esac
done
[ -d "$r" ] || exit 0
set --
for x in "$r"/releases/[0-9][0-9][0-9][0-9]-*; do [ -d "$x" ] && [ ! -L "$x" ] && set -- "$@" "\${x##*/}"; done
while [ $# -gt ${newestJournals} ]; do shift; done
n="
"
for x; do n="$n$x
"; done
# What a restart stopped is in the journal of the release that was live then.
[ -z "$t" ] || n="$n\${t##*/}
"
n=$n${journalsOf.map((name) => quote(`${name}\n`)).join('')}
set --
count=0
for x in "$r"/releases/*; do
  b=\${x##*/}
  if [ -L "$x" ] || [ ! -d "$x" ]; then
    [ ! -L "$x" ] && [ ! -e "$x" ] || say stray "$b"
    continue
  fi
  say release "$b"
  [ -s "$x/.fab/release.json" ] && set -- "$@" "k=record-$count" kind=word "$x/.fab/release.json"
  for s in "$x"/.fab/steps/*/status; do
    v=; { read -r v < "$s" || [ -n "$v" ]; } 2>/dev/null && s=\${s%/*} && say step "\${s##*/} $v"
  done
  for k in "$x"/KEEP_UNTIL__*; do [ -e "$k" ] && say pin "\${k##*/}"; done
  case $n in *"
$b
"*) [ -s "$x/.fab/journal.jsonl" ] && set -- "$@" "k=journal-$count" kind=lines "$x/.fab/journal.jsonl";; esac
  count=$((count + 1))
done
for s in owner txn epoch; do
  if [ -s "$r/.fab/$s" ]; then set -- "$@" k=$s kind=word "$r/.fab/$s"
  elif [ -e "$r/.fab/$s" ]; then say $s ''; fi
done
${measure ? measuring : ''}{
  # A file whose last line was torn has no final line end: what follows must not join it.
  printf '\\trecorded\\n'; tail -n 200 "$r/RELEASES.txt" 2>/dev/null
  printf '\\n\\thistory\\n'; tail -n 50 "$r/.fab/history.jsonl" 2>/dev/null
  printf '\\n\\tinode\\n'; ls -i "$r"/.fab/lock "$r"/releases/*/.fab/lock "$r"/releases/*/.fab/steps/*/status "$r"/releases/*/.fab/steps/*/lock 2>/dev/null
  printf '\\tlocks\\n'; cat /proc/locks 2>/dev/null
  # Other users' processes too, where sudo lets us; asked once, since it costs as much as all of the rest.
  look='ls -l /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null; :'
  printf '\\tuse\\n'
  if [ -z "$p" ]; then :
  elif [ "$uid" = 0 ]; then echo all; sh -c "$look"
  else sudo -n sh -c "ls -l /proc/1/cwd >/dev/null 2>&1 && echo all; $look" 2>/dev/null || sh -c "$look"; fi
} | awk -v p="$p/" ${quote(content)} "$@" kind=input -
exit 0
`;
