"""Pages for operators and their monitoring."""

from redis import RedisError

from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpResponse, JsonResponse

from corehq.apps.form_processor.models import CommCareCase, TaskRun, XFormInstance
from corehq.release import running
from corehq.shared import deploy_in_progress, in_flight
from pillowtop.models import ProcessedChange


def server_up(request):
    """200 when this worker can serve."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return HttpResponse(f"database: {error}\n", content_type="text/plain", status=500)
    return HttpResponse("success\n", content_type="text/plain")


def version(request):
    return JsonResponse({**running.as_dict(), "deploy_in_progress": _deploy_in_progress()})


def counts(request):
    """What became of the forms: when all is quiet, the first five are equal and no number of duplicates is above 0."""
    forms = XFormInstance.objects
    return JsonResponse(
        {
            "forms": forms.count(),
            "published": forms.exclude(published_on=None).count(),
            "queued": forms.exclude(queued_on=None).count(),
            "processed": forms.exclude(processed_on=None).count(),
            "task_runs": TaskRun.objects.filter(task="process_form", found_done=False).count(),
            "duplicate_task_runs": _beyond_first(TaskRun.objects.filter(found_done=False).values("task", "subject")),
            "unended_task_runs": TaskRun.objects.filter(ended_on=None).count(),
            "cases": CommCareCase.objects.count(),
            "changes": {
                row["pillow"]: row["changes"]
                for row in ProcessedChange.objects.values("pillow").annotate(changes=Count("pk")).order_by("pillow")
            },
            "duplicate_changes": _beyond_first(ProcessedChange.objects.values("pillow", "key")),
        }
    )


def requests_in_flight(request):
    return HttpResponse("".join(f"{line}\n" for line in in_flight.all()), content_type="text/plain; charset=utf-8")


def _beyond_first(groups):
    return sum(row["times"] - 1 for row in groups.annotate(times=Count("pk")).filter(times__gt=1))


def _deploy_in_progress():
    try:
        return deploy_in_progress.is_up()
    except RedisError:
        return None
