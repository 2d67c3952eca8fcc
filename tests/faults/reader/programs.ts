/**
 * The reader: opens `current/version` in a tight loop, and two files of one tree: `current` resolved
 * once by chdir(2), then both opened below it. On TERM it says what it has seen, as one line of JSON.
 *
 * - missing: there was no way through `current` at that moment, though a release was live;
 * - dangling: `current` pointed to nothing, twice in a row;
 * - mixed: two files of one tree belonged to different releases, or one of them was not there.
 */
export const perlReader = String.raw`
use strict; use Fcntl;
my $current = "$ARGV[0]/current";
my ($stop, $reads, $missing, $dangling, $mixed) = (0, 0, 0, 0, 0);
$SIG{TERM} = sub { $stop = 1 };
sub content { sysopen(my $h, $_[0], O_RDONLY) or return undef; sysread $h, my $t, 64; $reads++; $t }
sub no_way {
  my $to = readlink $current; my $there = -d "$current/"; my $again = readlink $current;
  if (defined $to && !$there && defined $again && $to eq $again) { $dangling++ } else { $missing++ }
}
$| = 1; print "ready\n";
until ($stop) {
  for (1 .. 100) {
    no_way() unless defined content("$current/version");
    unless (chdir $current) { no_way(); next }
    my ($one, $other) = (content('version'), content('other'));
    $mixed++ unless defined $one && defined $other && $one eq $other;
  }
}
print qq({"reads":$reads,"missing":$missing,"dangling":$dangling,"mixed":$mixed}\n);
`;

/** The same for a host that has nothing but a shell: builtins only, so that it is fast enough. */
export const shellReader = String.raw`
cd "$1" && root=$PWD; stop=0 reads=0 missing=0 dangling=0 mixed=0
trap 'stop=1' TERM
no_way() { if [ -L "$root/current" ] && ! cd -P "$root/current" && [ -L "$root/current" ]; then dangling=$((dangling+1)); else missing=$((missing+1)); fi; }
echo ready
exec 2>/dev/null
while [ $stop = 0 ]; do
  if read -r one < "$root/current/version"; then reads=$((reads+1)); else no_way; fi
  if cd -P "$root/current"; then
    one= other=
    read -r one < version && reads=$((reads+1))
    read -r other < other && reads=$((reads+1))
    if [ -z "$one" ] || [ "$one" != "$other" ]; then mixed=$((mixed+1)); fi
  else no_way; fi
done
echo "{\"reads\":$reads,\"missing\":$missing,\"dangling\":$dangling,\"mixed\":$mixed}"
`;
