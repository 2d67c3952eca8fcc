import logging
import signal
import threading

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from corehq.release import running
from corehq.stub_client import StubError
from pillowtop import kafka
from pillowtop.pillows import PILLOWS

log = logging.getLogger("pillowtop")


class Command(BaseCommand):
    help = "Runs one process of a pillow until it is told to stop: reads events, processes them, moves its checkpoint."

    def add_arguments(self, parser):
        parser.add_argument("--pillow-name", required=True)
        parser.add_argument("--num-processes", type=int, default=1)
        parser.add_argument("--process-number", type=int, default=0)

    def handle(self, pillow_name, num_processes, process_number, **options):
        pillow = PILLOWS.get(pillow_name)
        if pillow is None:
            raise CommandError(f"No pillow is called {pillow_name}; there are {', '.join(PILLOWS)}.")
        if not 0 <= process_number < num_processes:
            raise CommandError(f"Process {process_number} of {num_processes} does not exist.")
        stop = threading.Event()
        # An event that was begun is ended first.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        log.info("%s %s/%s of release %s", pillow_name, process_number, num_processes, running.release)
        mine = range(process_number, kafka.PARTITIONS, num_processes)
        while not stop.is_set():
            if not self._read(pillow, mine, stop):
                stop.wait(0.5)

    def _read(self, pillow, partitions, stop):
        count = 0
        try:
            for partition in partitions:
                if stop.is_set():
                    break
                count += pillow.read(partition)
        except (StubError, DatabaseError) as error:
            log.error("%s waits: %s", pillow.name, error)
            connection.close()
            stop.wait(2)
        return count
