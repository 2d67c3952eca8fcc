/**
 * The keeper in POSIX sh with flock(1), for hosts without perl and python. `mv -T` is a rename(2)
 * of the link itself in GNU coreutils and busybox. Same words as the others (protocol.ts).
 * Descriptors end at 9, the last that every sh can name: six locks are more than a run takes.
 */
export const shellKeeper = String.raw`
trap '' PIPE HUP
nl='
'
dec() { v=$(printf '%b.' "$1"); v=\${v%.}; }
ok() { printf 'ok %s\n' "$(printf '%s' "$*" | tr '\r\n' '  ')"; }
no() { printf 'no %s\n' "$(printf '%s' "$*" | tr '\r\n' '  ')"; }
look() { if [ -L current ]; then printf 'link %s' "$(readlink current)"; elif [ -e current ]; then printf real; else printf absent; fi; }
parent() { case $1 in */*) printf '%s' "\${1%/*}";; *) printf .;; esac; }
whole() {
  mkdir -p "$(parent "$1")" && printf '%s' "$2" > "$1.fab-new" && { sync "$1.fab-new" || sync; } &&
    mv -f -T "$1.fab-new" "$1" || { rm -f "$1.fab-new"; return 1; }
  sync "$(parent "$1")"; return 0
}
take() { # A failing exec would end the shell, so the file is opened by a harmless command first.
  case $held in *"$nl$1$nl"*) return 0;; esac
  [ $fd -le 9 ] && mkdir -p "$(parent "$1")" && true <> "$1" || return 2
  eval "exec $fd<>\"\$1\""
  if flock -n -x $fd && [ "$(stat -c %i "$1")" = "$(stat -L -c %i /proc/self/fd/$fd)" ]; then
    fd=$((fd+1)); held=$held$1$nl; return 0
  fi
  eval "exec $fd>&-"; return 1
}
finish() { [ -n "$before" ] && [ $swapped = 0 ] && rm -f .fab/next; rm -f $alive; }
fd=4; held=$nl; alive=; before=; swapped=0
dec "$1"; root=$v; mkdir -p "$root" && cd "$root" && mkdir -p .fab || { no error "cannot enter $root"; exit 1; }
ok "$(look)"
while IFS= read -r line; do
  set -f; IFS=' '; set -- $line; unset IFS; set +f
  verb=$1; dec "$2"; a=$v; dec "$3"; b=$v; dec "$4"; c=$v
  case $verb in
    lock) take "$a"; case $? in
        0) [ -z "$b" ] || whole "$b" "$c" || rm -f "$b"; ok;;
        1) no held "$(cat "$b")";; *) no error "cannot open $a";; esac;;
    alive) take "$a"; case $? in
        0) alive="$alive $a"; ok;; 1) no held;; *) no error "cannot open $a";; esac;;
    look) ok "$(look)";;
    begin) d=.fab/begin-$$-$fd # Another one each time: a lock is known by its path.
      if [ -e "$a" ]; then no exists
      elif mkdir -p $d/.fab "$(parent "$a")" && take $d/.fab/lock && mv -T $d "$a"; then held=$held$a/.fab/lock$nl; ok
      else rm -rf $d; if [ -e "$a" ]; then no exists; else no error "cannot make $a"; fi; fi;;
    dirs) if mkdir -p "$a"; then ok; else no error "cannot make $a"; fi;;
    put) if whole "$a" "$b"; then ok; else no error "cannot write $a"; fi;;
    add) if mkdir -p "$(parent "$a")" && { [ ! -s "$a" ] || [ -z "$(tail -c 1 "$a")" ] || echo >> "$a"; } &&
        printf '%s\n' "$b" >> "$a" && { sync "$a" || sync; }; then ok; else no error "cannot write $a"; fi;;
    get) if [ -e "$a" ]; then ok "$(cat "$a")"; else no absent; fi;;
    prepare) now=$(look)
      if [ "$now" != "$b" ]; then no changed "$now"
      elif [ "$now" = real ]; then no error 'current is no link'
      elif [ ! -d "$a" ]; then no error "$a is not there"
      elif rm -f .fab/next && ln -s "$a" .fab/next; then before=$now; swapped=0; sync .fab; ok
      else no error 'cannot make the link'; fi;;
    commit) if [ -z "$before" ] || [ ! -L .fab/next ]; then no error 'nothing is prepared'
      elif e=$(mv -T .fab/next current 2>&1); then swapped=1; sync .; ok "$(look)"
      else no error "cannot rename: $e"; fi;;
    undo) if [ $swapped = 0 ]; then rm -f .fab/next; ok "$(look)"
      elif [ "$before" = absent ]; then rm -f current; swapped=0; sync .; ok "$(look)"
      elif rm -f .fab/next && ln -s "\${before#link }" .fab/next && mv -T .fab/next current; then swapped=0; sync .; ok "$(look)"
      else no error 'cannot rename'; fi;;
    away) if [ -e "$a/.fab/lock" ] && ! flock -n -x "$a/.fab/lock" true; then no held
      elif mkdir -p "$(parent "$b")" && mv -T "$a" "$b"; then ok; else no error "cannot rename $a"; fi;;
    end) finish; ok; exit 0;;
    *) no error "unknown word $verb";;
  esac 2>/dev/null
done
finish
exit 0
`.replaceAll('\\${', '${');
