import { sh, words, type Command } from '../api.ts';

/**
 * What is done to nginx on a proxy. Files beside the site begin with a dot: `include sites-enabled/*`
 * does not take them in.
 */
export interface SitePlace {
  readonly nginx: string;
  /** The site file itself: were a link edited and renamed, it would become a file. */
  readonly file: string;
}

export const candidateOf = ({ file }: SitePlace): string => beside(file, 'candidate');
const beforeOf = ({ file }: SitePlace): string => beside(file, 'before');
const beside = (file: string, what: string): string => file.replace(/[^/]*$/, (name) => `.${name}.fab-${what}`);

const call = (nginx: string): Command => sh`${words(nginx)}`;

/** Prints the file that `site` stands for, its checksum, its text, and an `x` that keeps the final newline. */
export const readSite = (site: string): Command => sh`
f=$(readlink -e ${site}) && [ -f "$f" ] || { printf 'there is no file %s here\n' ${site} >&2; exit 1; }
echo "$f"; cksum < "$f"; cat "$f" && printf x`;

/**
 * A change that was cut off leaves the text before it beside the site. What is in place is then kept if
 * nginx takes it, and goes back if not.
 */
export const mendSite = (place: SitePlace): Command => sh`
b=${beforeOf(place)}
[ -e "$b" ] || exit 0
if ${call(place.nginx)} -t >/dev/null 2>&1; then rm -f "$b"; else mv -f "$b" ${place.file}; fi
rm -f ${candidateOf(place)}
${call(place.nginx)} -s reload 2>/dev/null || :`;

/** Fails with nginx's own words where it would not take its configuration. */
export const testSite = ({ nginx }: SitePlace): Command => sh`
said=$(${call(nginx)} -t 2>&1) || { printf '%s\n' "$said" >&2; exit 1; }`;

/** Workers of the running nginx, and those of them that were there before. */
const workers = (nginx: string): Command => sh`
fab_pid() {
  p=$(${call(nginx)} -T 2>/dev/null | sed -n 's/^[[:space:]]*pid[[:space:]][[:space:]]*\([^;]*\);.*/\1/p' | head -n 1)
  [ -n "$p" ] || p=$(${call(nginx)} -V 2>&1 | tr ' ' '\n' | sed -n 's/^--pid-path=//p')
  cat "$p" 2>/dev/null
}
fab_workers() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v m="$1" '{ p = $1; sub(/.*\) /, ""); if ($2 == m) print p }' | while read -r p; do
    case $(tr '\0' ' ' < /proc/$p/cmdline 2>/dev/null) in 'nginx: worker process'*) echo "$p";; esac
  done
}`;

/**
 * Puts the candidate in the place of the site, has nginx test it and takes it back where nginx refuses
 * it; then reloads, and waits until nginx has begun workers with the new text: a reload is only asked
 * for, and one that fails is said nowhere but in nginx's log. Prints the workers that had the old text.
 * @param seen the checksum of the text that the candidate was made from
 */
export const installSite = (place: SitePlace, seen: string): Command => sh`
f=${place.file}; c=${candidateOf(place)}; b=${beforeOf(place)}
[ "$(cksum < "$f")" = ${seen} ] || { rm -f "$c"; echo "$f was changed by somebody else just now" >&2; exit 1; }
${workers(place.nginx)}
m=$(fab_pid)
if [ -z "$m" ] || ! kill -0 "$m"; then rm -f "$c"; echo 'nginx does not run here' >&2; exit 1; fi
chmod --reference="$f" "$c" && chown --reference="$f" "$c" && cp -p "$f" "$b" && mv -f "$c" "$f" || exit 1
said=$(${call(place.nginx)} -t 2>&1) || { mv -f "$b" "$f"; printf 'nginx refuses the changed file, which is as it was again: %s\n' "$said" >&2; exit 1; }
old=$(fab_workers "$m")
said=$(${call(place.nginx)} -s reload 2>&1) || { mv -f "$b" "$f"; printf 'nginx cannot be reloaded, its file is as it was again: %s\n' "$said" >&2; exit 1; }
n=0
while :; do
  for p in $(fab_workers "$m"); do case " $(echo $old) " in *" $p "*) ;; *) rm -f "$b"; echo $old; exit 0;; esac; done
  n=$((n + 1)); [ $n -le 100 ] || break
  sleep 0.1
done
mv -f "$b" "$f"
${call(place.nginx)} -s reload 2>/dev/null
echo 'nginx did not take its changed file up within 10 s (its log says why); the file is as it was again' >&2
exit 1`;

/**
 * Waits until workers that had the old text are gone. A request may reach such a worker before the reload
 * and be sent on long after it, when its body has come: only then is nobody left who could send one to
 * the drained server. Prints how many were still there at the end.
 */
export const awaitGone = (pids: readonly string[], seconds: number): Command => sh`
end=$(($(date +%s) + ${seconds}))
while :; do
  left=0
  for p in ${pids}; do case $(tr '\0' ' ' < /proc/$p/cmdline 2>/dev/null) in 'nginx: worker process'*) left=$((left + 1));; esac; done
  [ $left -gt 0 ] && [ "$(date +%s)" -lt "$end" ] || break
  sleep 0.1
done
echo $left`;
