from django.db import models


class HqDeploy(models.Model):
    """What was deployed, by whom, and how long it took."""

    date = models.DateTimeField(auto_now_add=True)
    user = models.CharField(max_length=255)
    environment = models.CharField(max_length=255)
    commit = models.CharField(max_length=255, blank=True)
    diff_url = models.CharField(max_length=255, blank=True)
    minutes = models.PositiveIntegerField(null=True)
    release = models.CharField(max_length=255)
