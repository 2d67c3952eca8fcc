from django.core.management.base import BaseCommand

from corehq.shared import deploy_in_progress


class Command(BaseCommand):
    help = "Tells monitoring that services restart; it forgets by itself after five minutes."

    def handle(self, **options):
        deploy_in_progress.raise_()
        self.stdout.write(f"{deploy_in_progress.name} for {deploy_in_progress.seconds} s")
