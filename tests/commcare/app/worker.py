"""A celery worker or a pillow: says when it starts and when it is stopped."""

import pathlib
import signal
import sys
import time

events = pathlib.Path(__file__).resolve().parent.parent.parent / 'shared' / 'events.txt'


def say(what):
    with open(events, 'a') as log:
        log.write(f'{what} {sys.argv[1]} {time.time()}\n')


def stop(*_):
    say('stopped')
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
say('started')
while True:
    time.sleep(1)
