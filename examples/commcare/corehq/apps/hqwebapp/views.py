"""What people look at."""

import uuid

from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from corehq.apps.form_processor.models import CommCareCase, XFormInstance
from corehq.apps.form_processor.tasks import export_forms
from corehq.release import running

LONGEST_EXPORT = 600


def home(request):
    """The page that a person opens; it names its static files as the manifest says."""
    return render(request, "hqwebapp/home.html", {"running": running, "forms": XFormInstance.objects.count()})


def forms(request, domain):
    latest = XFormInstance.objects.filter(domain=domain).order_by("-pk")[:20]
    return JsonResponse({"forms": [_form(form) for form in latest]})


def form(request, domain, form_id):
    return JsonResponse(_form(get_object_or_404(XFormInstance, domain=domain, form_id=form_id)))


def case(request, domain, case_id):
    found = get_object_or_404(CommCareCase, domain=domain, case_id=case_id)
    return JsonResponse(
        {
            "case_id": found.case_id,
            "type": found.type,
            "name": found.name,
            "properties": found.properties,
            "closed": found.closed,
            "last_form": found.last_form_id,
        }
    )


@require_POST
def export(request, domain):
    """Begins an export; `seconds` is how long it takes."""
    try:
        seconds = float(request.GET.get("seconds", "1"))
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_EXPORT:
        return HttpResponseBadRequest(f"seconds is a number from 0 to {LONGEST_EXPORT}\n")
    name = f"{domain}-{uuid.uuid4().hex}"
    export_forms.delay(name, seconds)
    return JsonResponse({"export": name}, status=202)


def _form(form):
    moments = ("received_on", "published_on", "queued_on", "processed_on")
    return {
        "form_id": form.form_id,
        "xmlns": form.xmlns,
        "user_id": form.user_id,
        "received_by": form.received_by,
        **{name: getattr(form, name) for name in moments},
    }
