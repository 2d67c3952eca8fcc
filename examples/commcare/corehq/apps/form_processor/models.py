from django.db import models


class XFormInstance(models.Model):
    """A form as a phone has sent it, and how far it has come since."""

    form_id = models.CharField(max_length=255, unique=True)
    domain = models.CharField(max_length=255, db_index=True)
    xmlns = models.CharField(max_length=255)
    user_id = models.CharField(max_length=255)
    xml = models.TextField()
    received_on = models.DateTimeField()
    received_by = models.CharField(max_length=255)
    # None: nobody was told yet. `reprocess_submissions` looks for those.
    published_on = models.DateTimeField(null=True, db_index=True)
    queued_on = models.DateTimeField(null=True, db_index=True)
    processed_on = models.DateTimeField(null=True, db_index=True)


class CommCareCase(models.Model):
    """What forms say about one person or thing, the last word of each property."""

    case_id = models.CharField(max_length=255, unique=True)
    domain = models.CharField(max_length=255)
    type = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    properties = models.JSONField(default=dict)
    opened_on = models.DateTimeField()
    modified_on = models.DateTimeField()
    closed = models.BooleanField(default=False)
    last_form = models.ForeignKey(XFormInstance, on_delete=models.PROTECT, to_field="form_id")


class TaskRun(models.Model):
    """One time that a worker ran a task. Two that did the work of one form are a duplicate, and there to be counted."""

    task = models.CharField(max_length=255, db_index=True)
    task_id = models.CharField(max_length=255)
    subject = models.CharField(max_length=255, db_index=True)
    worker = models.CharField(max_length=255)
    release = models.CharField(max_length=255)
    started_on = models.DateTimeField()
    # None: it still runs, or its worker was killed.
    ended_on = models.DateTimeField(null=True)
    # It was delivered again after its work was done, and changed nothing.
    found_done = models.BooleanField(default=False)
