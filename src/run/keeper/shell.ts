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
oneline() { [ -e "$1" ] && tr -d '\r\n\t' < "$1"; }
record() { whole .fab/txn "$1" || { rm -f .fab/spare; whole .fab/txn "$1"; }; }
linkto() { rm -f .fab/next && ln -s "$1" .fab/next && { sync .fab || sync; }; }
disarm() { [ $armed = 0 ] || rm -f .fab/next; armed=0; }
names() { (cd releases && LC_ALL=C ls -d [0-9]*/ | grep -v '[[:space:]]' | tr -d / | tr '\n' ' ' | sed 's/ $//'); }
busy() { # A durable step that still runs there holds a lock of its own.
  for l in "$1/.fab/lock" "$1"/.fab/steps/*/lock; do [ ! -e "$l" ] || flock -n -x "$l" true || return 0; done; return 1
}
uptime() { up=0; [ ! -r /proc/uptime ] || read -r up rest < /proc/uptime; up=\${up%.*}; }
# One line, read by a child that holds no lock; dash has no read with a limit. Byte by byte, so nothing is lost.
hear() {
  line=$(timeout "$lease" sh -c 'IFS= read -r l && printf %s. "$l"' 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) || return 1
  line=\${line%.}; uptime; [ $((up - heard)) -le "$lease" ] && heard=$up
}
finish() { disarm; rm -f $alive; }
fd=4; held=$nl; alive=; phase=; armed=0; lease=$2
dec "$1"; root=$v; mkdir -p "$root" && cd "$root" && mkdir -p .fab || { no error "cannot enter $root"; exit 1; }
ok "$(look)"; uptime; heard=$up
while hear; do
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
    put) if case $a in .fab/txn) record "$b";; *) whole "$a" "$b";; esac; then ok; else no error "cannot write $a"; fi;;
    add) if mkdir -p "$(parent "$a")" && { [ ! -s "$a" ] || [ -z "$(tail -c 1 "$a")" ] || echo >> "$a"; } &&
        printf '%s\n' "$b" >> "$a" && { sync "$a" || sync; }; then ok; else no error "cannot write $a"; fi;;
    get) if [ -e "$a" ]; then ok "$(cat "$a")"; else no absent; fi;;
    state) ok "$(printf '%s\t%s\t%s\t%s' "$(look)" "$(oneline .fab/epoch)" "$(oneline .fab/txn)" "$(names)")";;
    fence) if [ "$(oneline .fab/epoch)" != "$a" ] && ! whole .fab/epoch "$a"; then no error 'cannot write .fab/epoch'
      elif : >> .fab/work && flock -n -x .fab/work true; then ok; else no busy; fi;;
    beat) ok;;
    prepare) now=$(look); phase=
      if [ "$now" != "$b" ]; then no changed "$now"
      elif [ "$now" = real ]; then no error 'current is no link'
      elif [ ! -d "$a" ]; then no error "$a is not there"
      else whole .fab/spare "$(printf %8192s .)"
        if record "$c" && linkto "$a"; then armed=1; phase=prepared; ok; else no error 'cannot write the record or the link'; fi; fi;;
    decide) if [ "$phase" != prepared ] || [ ! -L .fab/next ]; then no error 'nothing is prepared'
      elif record "$a"; then phase=decided; ok; else no error 'cannot write .fab/txn'; fi;;
    commit) if [ "$phase" != decided ] || [ ! -L .fab/next ]; then no error 'nothing is decided'
      elif e=$(mv -T .fab/next current 2>&1); then armed=0; phase=renamed; sync .; ok "$(look)"
      else no error "cannot rename: $e"; fi;;
    abort) phase=; disarm; if record "$a"; then ok "$(look)"; else no error 'cannot write .fab/txn'; fi;;
    undo) disarm; if record "$a"; then phase=undo; ok; else no error 'cannot write .fab/txn'; fi;;
    back) if [ "$phase" != undo ]; then no error 'no undo is recorded'
      elif [ "$(look)" = real ]; then no error 'current is no link'
      elif [ -z "$a" ]; then if rm -f current; then sync .; ok "$(look)"; else no error 'cannot remove current'; fi
      elif [ ! -d "$a" ]; then no error "$a is not there"
      elif linkto "$a" && mv -T .fab/next current; then sync .; ok "$(look)"
      else no error 'cannot rename'; fi;;
    close) if record "$a"; then rm -f .fab/spare; phase=; ok; else no error 'cannot write .fab/txn'; fi;;
    away) if busy "$a"; then no held
      elif mkdir -p "$(parent "$b")" && mv -T "$a" "$b"; then ok; else no error "cannot rename $a"; fi;;
    end) finish; ok; exit 0;;
    *) no error "unknown word $verb";;
  esac 2>/dev/null
done
finish
exit 0
`.replaceAll('\\${', '${');
