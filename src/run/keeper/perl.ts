/**
 * The keeper in perl, with nothing beyond perl-base. See protocol.ts for what it answers to.
 * `$SIG{PIPE}` is ignored so that a controller that went away is seen as the end of input.
 */
export const perlKeeper = String.raw`
use strict; use Fcntl qw(O_RDONLY O_RDWR O_CREAT LOCK_EX LOCK_NB); use IO::Handle;
$| = 1; $SIG{PIPE} = 'IGNORE'; $SIG{HUP} = 'IGNORE'; binmode STDIN; binmode STDOUT;
my (%locks, @alive, $phase, $armed); $phase = '';
sub dec { my $t = shift; $t = '' unless defined $t; $t =~ s/\\0([0-7]{3})/chr oct $1/ge; $t }
sub ok { my $t = join ' ', @_; $t =~ s/[\r\n]+/ /g; print STDOUT "ok $t\n" }
sub no_ { my $t = join ' ', @_; $t =~ s/[\r\n]+/ /g; print STDOUT "no $t\n" }
sub dirs { my $p = ''; for (split m{/}, $_[0]) { $p .= "$_/"; mkdir $p, 0755 unless -d $p } }
sub fsync { open my $h, '<', $_[0] or return; $h->sync; close $h }
sub fsyncdir { sysopen(my $h, $_[0], O_RDONLY) or return; $h->sync; close $h }
sub parent { my $p = shift; $p =~ s{/?[^/]*$}{}; $p eq '' ? '.' : $p }
sub slurp { open my $h, '<', $_[0] or return ''; local $/; my $t = <$h>; close $h; defined $t ? $t : '' }
sub look { return 'link ' . readlink 'current' if -l 'current'; return -e 'current' ? 'real' : 'absent' }
sub take {
  my $p = shift; return '' if $locks{$p}; dirs(parent($p));
  for (1 .. 3) {
    sysopen(my $h, $p, O_RDWR | O_CREAT, 0644) or return "error cannot open $p: $!";
    flock($h, LOCK_EX | LOCK_NB) or return 'held';
    my @a = stat $h; my @b = stat $p;
    if (@b && $a[1] == $b[1] && $a[0] == $b[0]) { $locks{$p} = $h; return '' }
    close $h;
  }
  'held'
}
sub filled { my ($h, $t) = @_; print $h $t and $h->flush and $h->sync and close $h }
sub write_whole {
  my ($p, $t) = @_; dirs(parent($p)); my $n = "$p.fab-new";
  open my $h, '>', $n or return "cannot write $p: $!";
  unless (filled($h, $t) && rename $n, $p) { my $e = "cannot write $p: $!"; unlink $n; return $e }
  fsyncdir(parent($p)); ''
}
sub add {
  my ($p, $t) = @_; dirs(parent($p));
  my $torn = -s $p ? do { open my $r, '<', $p; seek $r, -1, 2; read $r, my $c, 1; $c ne "\n" } : 0;
  open my $h, '>>', $p or return "cannot write $p: $!";
  filled($h, ($torn ? "\n" : '') . "$t\n") ? '' : "cannot write $p: $!"
}
sub link_to { unlink '.fab/next'; symlink $_[0], '.fab/next' or return "cannot make the link: $!"; fsyncdir('.fab'); '' }
sub swap { rename '.fab/next', 'current' or return "cannot rename: $!"; fsyncdir('.'); '' }
sub record { my $e = write_whole('.fab/txn', $_[0]); return '' unless $e; unlink '.fab/spare'; write_whole('.fab/txn', $_[0]) }
sub free { my $l = shift; -e $l or return 1; sysopen(my $h, $l, O_RDWR) or return 0; flock($h, LOCK_EX | LOCK_NB) }
sub uptime { slurp('/proc/uptime') =~ /^([\d.]+)/ ? $1 : time }
sub names { opendir my $d, 'releases' or return ''; join ' ', sort grep { /^\d/ && !/\s/ && -d "releases/$_" } readdir $d }
sub finish { unlink '.fab/next' if $armed; unlink $_ for @alive }
my %do = (
  lock => sub { my ($p, $o, $t) = @_; my $e = take($p); return no_('held', slurp($o)) if $e eq 'held'; return no_($e) if $e; unlink $o if $o ne '' && write_whole($o, $t); ok() },
  alive => sub { my $p = shift; my $e = take($p); return no_($e) if $e; push @alive, $p; ok() },
  look => sub { ok(look()) },
  begin => sub {
    my $p = shift; return no_('exists') if -e $p; my $d = ".fab/begin-$$"; my $l = '.fab/lock';
    (-d $d || mkdir $d, 0755) or return no_("error cannot make $p: $!");
    mkdir "$d/.fab", 0755; dirs(parent($p)); my $e = take("$d/$l");
    if (!$e && rename $d, $p) { $locks{"$p/$l"} = delete $locks{"$d/$l"}; return ok() }
    $e ||= "error cannot make $p: $!"; delete $locks{"$d/$l"}; unlink "$d/$l"; rmdir "$d/.fab"; rmdir $d;
    no_(-e $p ? 'exists' : $e)
  },
  dirs => sub { dirs($_[0]); -d $_[0] ? ok() : no_("error cannot make $_[0]: $!") },
  put => sub { my $e = $_[0] eq '.fab/txn' ? record($_[1]) : write_whole(@_); $e ? no_('error', $e) : ok() },
  add => sub { my $e = add(@_); $e ? no_('error', $e) : ok() },
  get => sub { -e $_[0] ? ok(slurp($_[0])) : no_('absent') },
  state => sub { my ($e, $t) = (slurp('.fab/epoch'), slurp('.fab/txn')); tr/\r\n\t//d for $e, $t; ok(join "\t", look(), $e, $t, names()) },
  fence => sub {
    my $e = slurp('.fab/epoch') eq $_[0] ? '' : write_whole('.fab/epoch', $_[0]); return no_('error', $e) if $e;
    sysopen(my $h, '.fab/work', O_RDWR | O_CREAT, 0644) or return no_('error', "cannot open .fab/work: $!");
    my $free = flock $h, LOCK_EX | LOCK_NB; close $h; $free ? ok() : no_('busy')
  },
  beat => sub { ok() },
  prepare => sub {
    my ($to, $expected, $record) = @_; my $now = look(); $phase = '';
    return no_('changed', $now) if $now ne $expected;
    return no_('error', 'current is no link') if $now eq 'real';
    return no_('error', "$to is not there") unless -d $to;
    write_whole('.fab/spare', '.' x 8192);
    my $e = record($record) || link_to($to); return no_('error', $e) if $e;
    $armed = 1; $phase = 'prepared'; ok()
  },
  decide => sub {
    return no_('error', 'nothing is prepared') unless $phase eq 'prepared' && -l '.fab/next';
    my $e = record($_[0]); return no_('error', $e) if $e; $phase = 'decided'; ok()
  },
  commit => sub {
    return no_('error', 'nothing is decided') unless $phase eq 'decided' && -l '.fab/next';
    my $e = swap(); return no_('error', $e) if $e; $armed = 0; $phase = 'renamed'; ok(look())
  },
  abort => sub { $phase = ''; unlink '.fab/next' if $armed; $armed = 0; my $e = record($_[0]); $e ? no_('error', $e) : ok(look()) },
  undo => sub { unlink '.fab/next' if $armed; $armed = 0; my $e = record($_[0]); return no_('error', $e) if $e; $phase = 'undo'; ok() },
  back => sub {
    my $to = shift; return no_('error', 'no undo is recorded') unless $phase eq 'undo';
    return no_('error', 'current is no link') if look() eq 'real';
    if ($to eq '') { -l 'current' and !unlink 'current' and return no_('error', "cannot remove current: $!"); fsyncdir('.') }
    elsif (!-d $to) { return no_('error', "$to is not there") }
    else { my $e = link_to($to) || swap(); return no_('error', $e) if $e }
    ok(look())
  },
  close => sub { my $e = record($_[0]); return no_('error', $e) if $e; unlink '.fab/spare'; $phase = ''; ok() },
  away => sub {
    my ($p, $t) = @_; my @steps = (); # A durable step that still runs there holds a lock of its own.
    if (opendir my $d, "$p/.fab/steps") { @steps = map { "$p/.fab/steps/$_/lock" } readdir $d }
    free($_) or return no_('held') for "$p/.fab/lock", @steps;
    dirs(parent($t)); rename($p, $t) ? ok() : no_('error', "cannot rename $p: $!")
  },
  end => sub { finish(); ok(); exit 0 },
);
my $root = dec(shift @ARGV); my $lease = shift @ARGV; dirs($root); chdir $root or do { no_('error', "cannot enter $root: $!"); exit 1 };
dirs('.fab'); ok(look());
my $heard = uptime(); my $buffer = '';
while (1) {
  my $ready = ''; vec($ready, 0, 1) = 1; my $left = $heard + $lease - uptime();
  last if $left < 0 || !select $ready, undef, undef, $left + 0.01;
  last unless sysread STDIN, $buffer, 65536, length $buffer;
  last if uptime() > $heard + $lease; # Paused for longer than the lease: what it says now comes too late.
  $heard = uptime();
  while ($buffer =~ s/^([^\n]*)\n//) {
    my ($verb, @args) = split / /, $1, -1;
    if (my $act = $do{$verb}) { $act->(map { dec($_) } @args) } else { no_('error', "unknown word $verb") }
  }
}
finish(); exit 0;
`;
