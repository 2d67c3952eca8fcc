from django.core.management.base import BaseCommand

from pillowtop import kafka


class Command(BaseCommand):
    help = "Creates the topics that are not there yet."

    def handle(self, **options):
        for topic in kafka.TOPICS:
            self.stdout.write(f"{topic}: {'created' if kafka.create_topic(topic) else 'there already'}")
