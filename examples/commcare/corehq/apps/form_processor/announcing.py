"""A form that is safe in the database is announced: to the pillows as an event, to the workers as a task."""

import logging

from kombu.exceptions import OperationalError

from django.utils.timezone import now

from corehq.stub_client import StubError
from pillowtop import kafka

log = logging.getLogger(__name__)


def announce(form):
    """Whatever cannot be told now is told later: the form is safe, and its sender is not to send it again."""
    if form.published_on is None:
        _publish(form)
    if form.queued_on is None:
        _queue(form)
    form.save(update_fields=["published_on", "queued_on"])


def _publish(form):
    try:
        kafka.publish("form-sql", form.form_id, {"form_id": form.form_id, "domain": form.domain, "xmlns": form.xmlns})
    except StubError as error:
        log.error("form %s is not published yet: %s", form.form_id, error)
    else:
        form.published_on = now()


def _queue(form):
    from corehq.apps.form_processor.tasks import process_form

    try:
        process_form.apply_async((form.form_id,), retry=True, retry_policy={"max_retries": 2, "interval_start": 0.1})
    except (OperationalError, OSError) as error:
        log.error("form %s is not queued yet: %s", form.form_id, error)
    else:
        form.queued_on = now()
