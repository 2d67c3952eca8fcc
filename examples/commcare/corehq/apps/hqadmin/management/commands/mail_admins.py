from django.conf import settings
from django.core.mail import mail_admins
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Mails the administrators, who are in ADMINS."

    def add_arguments(self, parser):
        parser.add_argument("message")
        parser.add_argument("--subject", default="Mail from CommCare HQ")
        parser.add_argument("--environment", default="")

    def handle(self, message, subject, environment, **options):
        if not settings.ADMINS:
            self.stdout.write("nobody is in ADMINS: no mail was sent")
            return
        try:
            mail_admins(f"[{environment}] {subject}" if environment else subject, message)
        except OSError as error:
            raise CommandError(f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} took no mail: {error}") from error
