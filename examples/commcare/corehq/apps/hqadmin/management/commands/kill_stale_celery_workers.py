from django.core.management.base import BaseCommand

from corehq.celery import app
from corehq.release import running


class Command(BaseCommand):
    help = "Tells celery workers of other releases to shut down, warm: what they run they finish."

    def handle(self, **options):
        replies = app.control.broadcast("release", reply=True, timeout=3)
        workers = {worker: answer["release"] for reply in replies for worker, answer in reply.items()}
        stale = {worker: release for worker, release in workers.items() if release != running.release}
        for worker, release in sorted(stale.items()):
            self.stdout.write(f"{worker} of {release} shuts down")
        if stale:
            app.control.shutdown(destination=list(stale))
        self.stdout.write(f"{len(workers)} workers, {len(stale)} of them stale")
