"""Tasks of a celery worker that say where and when they are begun and ended."""

import os
import pathlib
import time

import celery

here = pathlib.Path(os.getcwd())
app = celery.Celery('tasks', broker='redis://127.0.0.1:6379/0')
app.conf.task_default_queue = 'celery'


def say(*words):
    with open(here.parent.parent / 'shared' / 'tasks.txt', 'a') as log:
        log.write(' '.join(str(word) for word in words) + '\n')


@app.task
def work(number, seconds):
    say('begun', number, here.name, time.time())
    time.sleep(seconds)
    while (here.parent.parent / 'shared' / 'hold').exists():
        time.sleep(0.1)
    # Loaded as late as this: from the release that the worker was started in, whatever is live by now.
    import late

    say('ended', number, late.release, time.time())
