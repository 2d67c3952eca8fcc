from django.db import models


class KafkaCheckpoint(models.Model):
    """The next event that a pillow reads from one partition of a topic."""

    pillow = models.CharField(max_length=255)
    topic = models.CharField(max_length=255)
    partition = models.IntegerField()
    offset = models.BigIntegerField(default=0)

    class Meta:
        unique_together = ["pillow", "topic", "partition"]


class ProcessedChange(models.Model):
    """One event that a pillow has processed; saved together with its checkpoint."""

    pillow = models.CharField(max_length=255)
    topic = models.CharField(max_length=255)
    partition = models.IntegerField()
    offset = models.BigIntegerField()
    key = models.CharField(max_length=255)
    release = models.CharField(max_length=255)
    processed_on = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = ["pillow", "topic", "partition", "offset"]
