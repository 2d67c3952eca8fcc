import { sh } from './command.ts';
import { CommandFailed, type Failure } from './failure.ts';
import type { Session } from './session.ts';

/** A question whose answer says that a service is up. */
export interface Health {
  readonly description: string;
  /** Rejects with a CommandFailed when the answer does not come in time. */
  check(host: Session): Promise<void>;
}

/**
 * Asks a URL from the host itself, again and again, until it answers with `status`. So
 * `http://127.0.0.1:8000/health` means this host's own service, reachable from outside or not.
 * Uses curl, wget, python3 or perl, whichever the host has.
 */
export const http = (
  url: string,
  { within = 30, status = 200 }: { readonly within?: number; readonly status?: number } = {},
): Health => ({
  description: `${url} answers ${status} within ${within} s`,
  check: (host) =>
    host.run(sh`${{ kind: 'command', text: ask }} fab-health ${url} ${status} ${within}`).catch((thrown: unknown) => {
      throw shortened(thrown, `ask ${url}`);
    }),
});

/** The question says more than the script that asks it. */
const shortened = (thrown: unknown, command: string): unknown => {
  const { failure } = thrown as { readonly failure?: Failure };
  return failure?.reason === 'command' || failure?.reason === 'timeout'
    ? new CommandFailed({ ...failure, command }, `«${command}» failed`)
    : thrown;
};

/** Prints the status of one request; every tool prints 000 or nothing when there is no answer. */
const ask = `sh -c '
probe() {
  if command -v curl >/dev/null 2>&1; then curl -s -o /dev/null -m 5 -w "%{http_code}" "$1"
  elif command -v wget >/dev/null 2>&1; then wget -q -T 5 -S -O /dev/null "$1" 2>&1 | sed -n "s/^ *HTTP[^ ]* \\([0-9]*\\).*/\\1/p" | tail -n 1
  elif command -v python3 >/dev/null 2>&1; then python3 -c "
import sys, urllib.request, urllib.error
try: print(urllib.request.urlopen(sys.argv[1], timeout=5).status)
except urllib.error.HTTPError as e: print(e.code)
except Exception: print(0)" "$1"
  else perl -MIO::Socket::INET -e "
my (\\$h, \\$p, \\$q) = shift =~ m{^http://([^/:]+)(?::(\\d+))?(/.*)?\\$} or die qq(only http:// can be asked with perl\\n);
my \\$s = IO::Socket::INET->new(PeerAddr => \\$h, PeerPort => \\$p || 80, Timeout => 5) or exit;
print \\$s qq(GET ) . (\\$q || qq(/)) . qq( HTTP/1.0\\r\\nHost: \\$h\\r\\n\\r\\n);
print \\$1 if <\\$s> =~ m{^HTTP\\S+ (\\d+)};" "$1"
  fi
}
end=$(($(date +%s) + $3))
while :; do
  got=$(probe "$1")
  [ "$got" = "$2" ] && exit 0
  [ "$(date +%s)" -ge "$end" ] && { echo "$1 answered \${got:-nothing}, not $2, for $3 s" >&2; exit 1; }
  sleep 0.3 2>/dev/null || sleep 1
done'`;
