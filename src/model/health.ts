import { sh, type Command } from './command.ts';
import { CommandFailed, type Failure } from './failure.ts';
import type { Session } from './session.ts';

/** A question whose answer says that a service is up. */
export interface Health {
  readonly description: string;
  /** Rejects with a CommandFailed when the answer does not come in time. */
  check(host: Session): Promise<void>;
}

/** What one request got, in words that go on after the URL: `answered 500`, `redirected to /login (302)`. */
export interface Answered {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly words: string;
  /** Nobody listens there. */
  readonly refused: boolean;
}

/**
 * Asks a URL from the host itself, again and again, until it answers with `status`. So
 * `http://127.0.0.1:8000/health` means this host's own service, reachable from outside or not. A
 * redirect is followed nowhere: a login page that answers 200 says nothing about the service.
 * Uses curl, python3, perl or wget, whichever the host has.
 */
export const http = (
  url: string,
  { within = 30, status = 200 }: { readonly within?: number; readonly status?: number } = {},
): Health => ({
  description: `${url} answers ${status} within ${within} s`,
  check: (host) => asked(host, url, sh`${script('await')} ${url} ${status} ${within}`),
});

/**
 * Watches a URL from the host itself, once a second: it must go on to answer with `status`. A single
 * answer that is missing or wrong may be a passing load; three in a row are not.
 */
export const watch = (
  host: Session,
  url: string,
  { seconds, status = 200 }: { readonly seconds: number; readonly status?: number },
): Promise<void> => asked(host, url, sh`${script('watch')} ${url} ${status} ${seconds}`);

/** Asks each of these URLs once, all together; answers in their order. */
export const probe = async (
  host: Session,
  urls: readonly string[],
  { within = 5 }: { readonly within?: number } = {},
): Promise<readonly Answered[]> => {
  if (urls.length === 0) return [];
  const lines = (await host.read(sh`${script('probe')} ${within} ${urls}`)).split('\n');
  return urls.map((_, index) => {
    const line = lines.find((each) => each.startsWith(`${index + 1} `)) ?? '';
    const [, code = '0', words = 'was not asked'] = /^\d+ (\d+) (.*)$/.exec(line) ?? [];
    return { status: Number(code), words, refused: words === refused };
  });
};

const refused = 'refused the connection';

/** The question says more than the script that asks it. */
const asked = async (host: Session, url: string, question: Command): Promise<void> => {
  try {
    await host.run(question);
  } catch (thrown) {
    const { failure } = thrown as { readonly failure?: Failure };
    if (failure?.reason !== 'command' && failure?.reason !== 'timeout') throw thrown;
    throw new CommandFailed({ ...failure, command: `ask ${url}` }, `«ask ${url}» failed`);
  }
};

/** `probe` prints the status of one request and words for it; every tool is told to follow no redirect. */
const functions = `
probe() {
  if command -v curl >/dev/null 2>&1; then
    got=$(curl -s -o /dev/null --noproxy "*" -m "$2" -w "%{http_code} %{redirect_url}" "$1"); s=$?
    case $s in
    0) ;;
    7) got="000 -refused";;
    28) got="000 -silent";;
    *) got="000 -broken";;
    esac
  elif command -v python3 >/dev/null 2>&1; then got=$(python3 -c "
import sys, urllib.request, urllib.error
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *rest): return None
ask = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))
try: print(ask.open(sys.argv[1], timeout=float(sys.argv[2])).status)
except urllib.error.HTTPError as e: print(e.code, e.headers.get(\\"Location\\") or str())
except Exception as e:
    why = str(e)
    print(\\"000\\", \\"-refused\\" if \\"refused\\" in why else \\"-silent\\" if \\"timed out\\" in why else \\"-broken\\")" "$1" "$2")
  elif command -v perl >/dev/null 2>&1; then got=$(perl -MIO::Socket::INET -e "
my (\\$h, \\$p, \\$q) = \\$ARGV[0] =~ m{^http://([^/:]+)(?::(\\d+))?(/.*)?\\$} or die qq(only http:// can be asked with perl\\n);
\\$SIG{ALRM} = sub { print qq(000 -silent); exit }; alarm \\$ARGV[1];
my \\$s = IO::Socket::INET->new(PeerAddr => \\$h, PeerPort => \\$p || 80) or do { print \\$!{ECONNREFUSED} ? qq(000 -refused) : qq(000 -broken); exit };
print \\$s qq(GET ) . (\\$q || qq(/)) . qq( HTTP/1.0\\r\\nHost: \\$h\\r\\n\\r\\n);
my (\\$code, \\$to) = (undef, qq()); while (<\\$s>) { last if /^\\r?\\$/; \\$code = \\$1 if m{^HTTP\\S+ (\\d+)}; \\$to = \\$1 if m{^location:\\s*(\\S+)}i }
print defined \\$code ? qq(\\$code \\$to) : qq(000 -broken);" "$1" "$2")
  elif command -v wget >/dev/null 2>&1; then
    got=$(wget -q -t 1 -T "$2" -S -O /dev/null "$1" 2>&1 | sed -n "s/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p" | head -n 1)
    [ -n "$got" ] || got="000 -broken"
  else echo "000 could not be asked: none of curl, python3, perl and wget is here"; return
  fi
  code=\${got%% *}; to=\${got#* }; [ "$to" != "$got" ] || to=
  case "$code $to" in
  "000 -refused") echo "000 ${refused}";;
  "000 -silent") echo "000 did not answer within $2 s";;
  000*) echo "000 gave no answer";;
  3*" ") echo "$code redirected ($code)";;
  3*) echo "$code redirected to $to ($code)";;
  *) echo "$code answered $code";;
  esac
}
wait_a_bit() { sleep "$1" 2>/dev/null || sleep 1; }`;

const modes = {
  await: `
end=$(($(date +%s) + $3))
while :; do
  left=$((end - $(date +%s))); [ $left -ge 1 ] || left=1; [ $left -le 5 ] || left=5
  got=$(probe "$1" $left)
  [ "\${got%% *}" = "$2" ] && exit 0
  [ "$(date +%s)" -ge "$end" ] && { echo "$1 \${got#* }, not $2, for $3 s" >&2; exit 1; }
  wait_a_bit 0.3
done`,
  watch: `
end=$(($(date +%s) + $3)); bad=0
while [ "$(date +%s)" -lt "$end" ]; do
  got=$(probe "$1" 5)
  if [ "\${got%% *}" = "$2" ]; then bad=0; else bad=$((bad + 1)); fi
  [ $bad -lt 3 ] || { echo "$1 \${got#* }, not $2, three times in a row" >&2; exit 1; }
  wait_a_bit 1
done`,
  probe: `
within=$1; shift; n=0
for url; do n=$((n + 1)); { got=$(probe "$url" "$within"); echo "$n $got"; } & done
wait`,
} as const;

const script = (mode: keyof typeof modes): Command => ({
  kind: 'command',
  text: `sh -c '${functions}${modes[mode]}' fab-health`,
});
