from django.core.mail import mail_admins
from django.core.management.base import BaseCommand

from corehq.apps.hqadmin.models import HqDeploy
from corehq.release import running
from corehq.shared import deploy_in_progress


class Command(BaseCommand):
    help = "Records that this release was deployed."

    def add_arguments(self, parser):
        parser.add_argument("--user", required=True)
        parser.add_argument("--environment", required=True)
        parser.add_argument("--minutes", type=int)
        parser.add_argument("--commit", default=running.commit)
        parser.add_argument("--url", default="", help="where to see what has changed")
        parser.add_argument("--mail_admins", action="store_true")

    def handle(self, user, environment, minutes, commit, url, **options):
        HqDeploy.objects.create(
            user=user, environment=environment, minutes=minutes, commit=commit, diff_url=url, release=running.release
        )
        deploy_in_progress.lower()
        sentence = f"{user} has deployed {commit or running.release} to {environment} in {minutes} min."
        self.stdout.write(sentence)
        if options["mail_admins"]:
            mail_admins(f"{environment} was deployed", f"{sentence}\n{url}")
