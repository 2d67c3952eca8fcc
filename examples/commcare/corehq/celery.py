"""The celery application: `celery -A corehq worker`, `celery -A corehq beat`."""

import os

from celery import Celery
from celery.worker.control import inspect_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "corehq.settings")

app = Celery("corehq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@inspect_command()
def release(state):
    """Which release a worker runs from; a warm shutdown may outlive several."""
    from corehq.release import running

    return running.as_dict()
