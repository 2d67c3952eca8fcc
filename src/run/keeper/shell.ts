/**
 * The keeper in POSIX sh with flock(1), for hosts without perl and python. `mv -T` is a rename(2)
 * of the link itself in GNU coreutils and busybox. Same words as the others (protocol.ts).
 */
export const shellKeeper = String.raw`
trap '' PIPE HUP
dec() { printf '%b' "$1"; }
ok() { printf 'ok %s\n' "$(printf '%s' "$*" | tr '\r\n' '  ')"; }
no() { printf 'no %s\n' "$(printf '%s' "$*" | tr '\r\n' '  ')"; }
look() { if [ -L current ]; then printf 'link %s' "$(readlink current)"; elif [ -e current ]; then printf real; else printf absent; fi; }
parent() { case $1 in */*) printf '%s' "\${1%/*}";; *) printf .;; esac; }
whole() { mkdir -p "$(parent "$1")" && printf '%s' "$2" > "$1.fab-new" && { sync "$1.fab-new" 2>/dev/null || sync; } && mv -f "$1.fab-new" "$1"; }
take() { # path descriptor
  mkdir -p "$(parent "$1")" || return 2
  eval "exec $2<>\"\$1\"" || return 2
  flock -n -x "$2" || return 1
  [ "$(stat -c %i "$1" 2>/dev/null)" = "$(stat -L -c %i /proc/self/fd/$2 2>/dev/null)" ] || return 1
}
fd=4; alive=; before=; swapped=0
root=$(dec "$1"); mkdir -p "$root" && cd "$root" && mkdir -p .fab || { no error "cannot enter $root"; exit 1; }
ok "$(look)"
while IFS= read -r line; do
  set -f; IFS=' '; set -- $line; unset IFS; set +f
  verb=$1; a=$(dec "$2"); b=$(dec "$3"); c=$(dec "$4")
  case $verb in
    lock) take "$a" $fd 2>/dev/null; case $? in
        0) fd=$((fd+1)); if [ -n "$b" ]; then whole "$b" "$c" && ok || no error "cannot write $b"; else ok; fi;;
        1) no held "$(cat "$b" 2>/dev/null)";; *) no error "cannot open $a";; esac;;
    alive) if take "$a" $fd 2>/dev/null; then fd=$((fd+1)); alive="$alive $a"; ok; else no held; fi;;
    look) ok "$(look)";;
    mkdir) mkdir -p "$(parent "$a")"; if mkdir "$a" 2>/dev/null; then ok; elif [ -e "$a" ]; then no exists; else no error "cannot make $a"; fi;;
    dirs) mkdir -p "$a" && ok || no error "cannot make $a";;
    put) whole "$a" "$b" 2>/dev/null && ok || no error "cannot write $a";;
    add) mkdir -p "$(parent "$a")"
      if [ -s "$a" ] && [ -n "$(tail -c 1 "$a")" ]; then echo >> "$a"; fi
      printf '%s\n' "$b" 2>/dev/null >> "$a" && { sync "$a" 2>/dev/null || sync; ok; } || no error "cannot write $a";;
    get) [ -e "$a" ] && ok "$(cat "$a")" || no absent;;
    prepare) now=$(look)
      if [ "$now" != "$b" ]; then no changed "$now"
      elif [ ! -d "$a" ]; then no error "$a is not there"
      elif rm -f .fab/next && ln -s "$a" .fab/next; then before=$now; swapped=0; ok
      else no error 'cannot make the link'; fi;;
    commit) if [ -z "$before" ] || [ ! -L .fab/next ]; then no error 'nothing is prepared'
      elif e=$(mv -T .fab/next current 2>&1); then swapped=1; sync . 2>/dev/null; ok "$(look)"
      else no error "cannot rename: $e"; fi;;
    undo) if [ $swapped = 0 ]; then rm -f .fab/next; ok "$(look)"
      elif [ "$before" = absent ]; then rm -f current; swapped=0; ok "$(look)"
      elif rm -f .fab/next && ln -s "\${before#link }" .fab/next && mv -T .fab/next current; then swapped=0; ok "$(look)"
      else no error 'cannot rename'; fi;;
    away) if [ -e "$a/.fab/lock" ] && ! flock -n -x "$a/.fab/lock" true; then no held
      elif mkdir -p "$(parent "$b")" && mv -T "$a" "$b" 2>/dev/null; then ok; else no error "cannot rename $a"; fi;;
    end) rm -f $alive; ok; exit 0;;
    *) no error "unknown word $verb";;
  esac
done
[ -n "$before" ] && [ $swapped = 0 ] && rm -f .fab/next
rm -f $alive
exit 0
`.replaceAll('\\${', '${');
