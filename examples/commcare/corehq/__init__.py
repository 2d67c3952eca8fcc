# So that `celery -A corehq` finds it, and tasks know their queue wherever they are called from.
from corehq.celery import app as celery_app

__all__ = ["celery_app"]
