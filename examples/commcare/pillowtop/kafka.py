"""Topics of the kafka that the stub stands in for."""

from dataclasses import dataclass

from corehq.stub_client import StubError, call

PARTITIONS = 4
TOPICS = ("form-sql", "case-sql")


@dataclass(frozen=True)
class Partition:
    topic: str
    number: int
    earliest: int
    latest: int


def create_topic(topic):
    """True when it was not there."""
    return call("PUT", f"/kafka/topics/{topic}", {"partitions": PARTITIONS})["created"]


def publish(topic, key, value):
    body = {"key": key, "value": value}
    try:
        call("POST", f"/kafka/topics/{topic}", body)
    except StubError as error:
        if error.status != 404:
            raise
        # Before the first deploy has created the topics; kafka makes them on first use, too.
        create_topic(topic)
        call("POST", f"/kafka/topics/{topic}", body)


def partitions():
    """Every partition of every topic, with the first offset that is still there and the next one to come."""
    return [
        Partition(topic, number, earliest, latest)
        for topic, ends in sorted(call("GET", "/kafka/topics").items())
        for number, (earliest, latest) in enumerate(ends)
    ]


def events(topic, partition, offset, limit):
    return call("GET", f"/kafka/topics/{topic}/{partition}?from={offset}&limit={limit}")["events"]
