#!/usr/bin/perl
# Forced on every command of a host: asks the loop before and after it, then ends as the command did.
use strict;
use warnings;
use IO::Socket::UNIX;

my $command = $ENV{SSH_ORIGINAL_COMMAND} // '';
(my $shown = $command) =~ s/\s+/ /g;

sub ask {
    my $loop = IO::Socket::UNIX->new(Peer => "$ENV{HOME}/.loop") or return;
    print {$loop} "$_[0] $shown\n";
    $loop->flush;
    <$loop>;
}

ask('before');
my $status = system { '/bin/bash' } 'bash', '-c', $command;
ask('after');
kill $status & 127, $$ if $status & 127;
exit $status >> 8;
