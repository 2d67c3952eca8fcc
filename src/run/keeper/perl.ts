/**
 * The keeper in perl, with nothing beyond perl-base. See protocol.ts for what it answers to.
 * `$SIG{PIPE}` is ignored so that a controller that went away is seen as the end of input.
 */
export const perlKeeper = String.raw`
use strict; use Fcntl qw(:flock :DEFAULT); use IO::Handle;
$| = 1; $SIG{PIPE} = 'IGNORE'; $SIG{HUP} = 'IGNORE'; binmode STDIN; binmode STDOUT;
my (%locks, @alive, $before, $swapped);
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
sub swap { my $to = shift; unlink '.fab/next'; symlink $to, '.fab/next' or return "cannot make the link: $!"; rename '.fab/next', 'current' or return "cannot rename: $!"; fsyncdir('.'); '' }
sub finish { unlink '.fab/next' if defined $before && !$swapped; unlink $_ for @alive }
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
  put => sub { my $e = write_whole(@_); $e ? no_('error', $e) : ok() },
  add => sub { my $e = add(@_); $e ? no_('error', $e) : ok() },
  get => sub { -e $_[0] ? ok(slurp($_[0])) : no_('absent') },
  prepare => sub {
    my ($to, $expected) = @_; my $now = look();
    return no_('changed', $now) if $now ne $expected;
    return no_('error', 'current is no link') if $now eq 'real';
    return no_('error', "$to is not there") unless -d $to;
    unlink '.fab/next'; symlink $to, '.fab/next' or return no_('error', "cannot make the link: $!");
    fsyncdir('.fab'); $before = $now; $swapped = 0; ok()
  },
  commit => sub {
    return no_('error', 'nothing is prepared') unless defined $before && -l '.fab/next';
    rename '.fab/next', 'current' or return no_('error', "cannot rename: $!");
    $swapped = 1; fsyncdir('.'); ok(look())
  },
  undo => sub {
    if (!$swapped) { unlink '.fab/next'; return ok(look()) }
    if ($before eq 'absent') { unlink 'current'; fsyncdir('.') }
    else { my $e = swap(substr $before, 5); return no_('error', $e) if $e }
    $swapped = 0; ok(look())
  },
  away => sub {
    my ($p, $t) = @_; my $l = "$p/.fab/lock";
    if (-e $l) { sysopen(my $h, $l, O_RDWR) or return no_('error', "cannot open $l: $!"); flock($h, LOCK_EX | LOCK_NB) or return no_('held'); }
    dirs(parent($t)); rename($p, $t) ? ok() : no_('error', "cannot rename $p: $!")
  },
  end => sub { finish(); ok(); exit 0 },
);
my $root = dec(shift @ARGV); dirs($root); chdir $root or do { no_('error', "cannot enter $root: $!"); exit 1 };
dirs('.fab'); ok(look());
while (defined(my $line = <STDIN>)) {
  chomp $line or last; my ($verb, @args) = split / /, $line, -1;
  if (my $act = $do{$verb}) { $act->(map { dec($_) } @args) } else { no_('error', "unknown word $verb") }
}
finish(); exit 0;
`;
