"""The pillows: what reads events from kafka, and what each does with them."""

from dataclasses import dataclass
from typing import Callable

from django.db import transaction

from corehq.apps.preindex.documents import KINDS
from corehq.apps.preindex.elasticsearch import put
from corehq.release import running
from pillowtop import kafka
from pillowtop.models import KafkaCheckpoint, ProcessedChange

BATCH = 50


def _index_form(event):
    _index("xforms", form_id=event["key"])


def _index_cases(event):
    _index("hqcases", last_form=event["key"])


def _index(alias, **conditions):
    for key, document in KINDS[alias].where(**conditions):
        put(alias, key, document)


@dataclass(frozen=True)
class Pillow:
    name: str
    topic: str
    process: Callable

    def checkpoints(self):
        return KafkaCheckpoint.objects.filter(pillow=self.name, topic=self.topic)

    def read(self, partition):
        """Processes the next events of one partition; how many there were."""
        checkpoint, _ = KafkaCheckpoint.objects.get_or_create(pillow=self.name, topic=self.topic, partition=partition)
        events = kafka.events(self.topic, partition, checkpoint.offset, BATCH)
        for event in events:
            self._take(checkpoint.pk, partition, event)
        return len(events)

    @transaction.atomic
    def _take(self, checkpoint_id, partition, event):
        checkpoint = KafkaCheckpoint.objects.select_for_update().get(pk=checkpoint_id)
        if checkpoint.offset > event["offset"]:
            return  # Another process of this pillow was faster.
        self.process(event)
        ProcessedChange.objects.create(
            **{"pillow": self.name, "topic": self.topic, "partition": partition, "offset": event["offset"]},
            **{"key": event["key"], "release": running.release},
        )
        checkpoint.offset = event["offset"] + 1
        checkpoint.save()


_all = (
    Pillow("xform-pillow", "form-sql", _index_form),
    Pillow("case-pillow", "form-sql", _index_cases),
)
PILLOWS = {pillow.name: pillow for pillow in _all}
