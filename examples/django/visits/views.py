import os
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse

from .models import Visit

RELEASE = Path(settings.BASE_DIR).name


def front(request):
    Visit.objects.create()
    return HttpResponse(f"{Visit.objects.count()} visits\n", content_type="text/plain")


def health(request):
    """Well when the database has its tables and the static files are there."""
    Visit.objects.count()
    status = 200 if (settings.STATIC_ROOT / "visits/style.css").exists() else 503
    return HttpResponse(f"{RELEASE} {os.getpid()}\n", content_type="text/plain", status=status)
