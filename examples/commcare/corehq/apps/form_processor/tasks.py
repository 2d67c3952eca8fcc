"""What happens to a form after it was received."""

import time
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.timezone import now

from corehq.apps.form_processor import announcing
from corehq.apps.form_processor.models import TaskRun, XFormInstance
from corehq.release import running


@shared_task(bind=True, autoretry_for=(InterfaceError, OperationalError), retry_backoff=2, max_retries=10)
def process_form(self, form_id):
    """Marks a form as processed; with the record of it in one transaction, so that a killed worker leaves neither.

    It is acknowledged when it is done, so it may be delivered again: when its worker was killed, or when the
    acknowledgement was lost as the worker left. Then it finds the form processed and changes nothing.
    """
    with transaction.atomic(), _recorded(self, form_id) as run:
        changed = XFormInstance.objects.filter(form_id=form_id, processed_on=None).update(processed_on=now())
        run.found_done = changed == 0


# Acknowledged when it begins: during a warm shutdown no worker says that it lives, and a broker that has not
# heard of it for some minutes would give the task to the next one, too.
@shared_task(bind=True, acks_late=False)
def export_forms(self, name, seconds):
    """Takes a while, as exports do: what a warm shutdown waits for."""
    with _recorded(self, name):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


@shared_task
def reprocess_submissions():
    """Tells again what could not be told when the form came in: the stub or the broker was away then."""
    untold = Q(published_on=None) | Q(queued_on=None)
    for form in XFormInstance.objects.filter(untold, received_on__lt=now() - timedelta(minutes=1)).order_by("pk"):
        announcing.announce(form)


@contextmanager
def _recorded(task, subject):
    run = TaskRun.objects.create(
        task=task.name.rpartition(".")[2],
        task_id=task.request.id,
        subject=subject,
        worker=task.request.hostname or "",
        release=running.release,
        started_on=now(),
    )
    yield run
    run.ended_on = now()
    run.save(update_fields=["ended_on", "found_done"])
