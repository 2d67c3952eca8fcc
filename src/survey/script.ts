import { quote } from '../model/command.ts';

export interface SurveyQuestion {
  /** As the settings have it; a leading `~` is resolved on the host. */
  readonly root: string;
  readonly sharedPaths: readonly string[];
  /** Releases whose journals are wanted besides those of the newest ones. */
  readonly journalsOf: readonly string[];
  /** Whether the size of the last release is wanted; it costs du where the record does not say it. */
  readonly measure?: boolean;
}

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
[ -d "$r/current/" ] && b=$(readlink "$r/current") && b=\${b%/} && b=\${b##*/} && { [ -d "$r/releases/$b" ] || b=; }
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
 * One command that reads a host whole and changes nothing. It answers in lines of tab-separated
 * fields (parse.ts). It needs sh, coreutils or busybox; everything else is reported as absent.
 */
export const surveyScript = ({ root, sharedPaths, journalsOf, measure = false }: SurveyQuestion): string => `
r=${quote(root)}
case $r in "~") r=$HOME;; "~/"*) r=$HOME/\${r#"~/"};; esac
say() { printf '%s\\t%s\\n' "$1" "$2"; }
# A file whose last line was torn has no final line end: the next answer must not join it.
lines() { sed "s/^/$1\\t/"; echo; }
say root "$r"; say user "$(id -un)"; say uid "$(id -u)"; say home "$HOME"; say machine "$(uname -n)"
say clock "$(date +%s)"; say path "$PATH"
[ -r /proc/sys/kernel/random/boot_id ] && say boot "$(cat /proc/sys/kernel/random/boot_id)"
for t in git perl python3 flock setsid base64 node; do
  command -v $t >/dev/null 2>&1 || continue
  case $t in
    git|python3|node) v=$($t --version 2>/dev/null) || continue;;
    perl) v=$(perl -e 'print $]' 2>/dev/null) || continue;;
    *) v=yes;;
  esac
  say "tool-$t" "\${v:-yes}"
done
d=$r
while [ ! -d "$d" ]; do d=$(dirname "$d"); done
[ -w "$d" ] || say readonly "$d"
for f in "$r/releases" "$r/.fab" "$r/.fab/lock" "$r/.fab/txn" "$r/.fab/epoch" "$r/.fab/history.jsonl" "$r/RELEASES.txt"; do
  [ ! -e "$f" ] || [ -w "$f" ] || say readonly "$f"
done
say disk "$(df -Pk "$d" 2>/dev/null | awk 'NR==2{print $2, $4}')"
say inodes "$(df -Pi "$d" 2>/dev/null | awk 'NR==2{print $4}')"
p=$(cd "$r/releases" 2>/dev/null && pwd -P)
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
n=$(ls "$r/releases" 2>/dev/null | grep '^[0-9][0-9][0-9][0-9]-' | tail -n ${newestJournals})
for x in "$r"/releases/*; do
  b=\${x##*/}
  if [ -L "$x" ] || [ ! -d "$x" ]; then
    [ ! -L "$x" ] && [ ! -e "$x" ] || say stray "$b"
    continue
  fi
  say release "$b"
  [ -f "$x/.fab/release.json" ] && say record "$(tr '\\n' ' ' < "$x/.fab/release.json")"
  [ -f "$x/.fab/lock" ] && say lockinode "$(ls -i "$x/.fab/lock" | awk '{print $1}')"
  for s in "$x"/.fab/steps/*/status; do [ -f "$s" ] && s=\${s%/*} && say lockinode "$(ls -i "$s/lock" | awk '{print $1}')" && say step "$(ls -i "$s/status" | awk '{print $1}') \${s##*/} $(cat "$s/status")"; done
  for k in "$x"/KEEP_UNTIL__*; do [ -e "$k" ] && say pin "\${k##*/}"; done
  case "
$n
${journalsOf.join('\n')}
" in *"
$b
"*) [ -f "$x/.fab/journal.jsonl" ] && lines journal < "$x/.fab/journal.jsonl";; esac
done
[ -f "$r/RELEASES.txt" ] && tail -n 200 "$r/RELEASES.txt" | lines recorded
[ -f "$r/.fab/history.jsonl" ] && tail -n 50 "$r/.fab/history.jsonl" | lines history
[ -f "$r/.fab/owner" ] && say owner "$(tr '\\n' ' ' < "$r/.fab/owner")"
[ -f "$r/.fab/lock" ] && say lock-inode "$(ls -i "$r/.fab/lock" | awk '{print $1}')"
[ -f "$r/.fab/txn" ] && say txn "$(tr '\\n' ' ' < "$r/.fab/txn")"
[ -f "$r/.fab/epoch" ] && say epoch "$(tr '\\n' ' ' < "$r/.fab/epoch")"
${measure ? measuring : ''}[ -r /proc/locks ] && awk '$2=="FLOCK"{n=split($6,a,":"); print "flock\\t" a[n]}' /proc/locks
if [ -n "$p" ]; then
  if [ "$(id -u)" = 0 ]; then all=; say sees-all yes
  elif sudo -n ls -l /proc/1/cwd >/dev/null 2>&1; then all='sudo -n'; say sees-all yes
  else all=; fi
  $all sh -c 'ls -l /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null' | awk -v p="$p/" '
    { i = index($0, " -> "); t = substr($0, i + 4)
      if (i && index(t, p) == 1) { t = substr(t, length(p) + 1); sub("/.*", "", t); print "inuse\\t" t } }' | sort -u
fi
exit 0
`;
