from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from pillowtop import kafka
from pillowtop.models import KafkaCheckpoint
from pillowtop.pillows import PILLOWS


class Command(BaseCommand):
    help = "Fails when a pillow would go on at an offset that kafka does not have, and so miss events."

    def add_arguments(self, parser):
        parser.add_argument("--print-only", action="store_true", help="say what is wrong, but end with 0")

    def handle(self, print_only, **options):
        problems = list(self._problems())
        for problem in problems:
            self.stdout.write(problem)
        if problems and not print_only:
            raise CommandError(f"{len(problems)} checkpoints are not in kafka.")

    def _problems(self):
        # Before the first migration no pillow has ever run.
        if KafkaCheckpoint._meta.db_table not in connection.introspection.table_names():
            return
        ends = {(each.topic, each.number): each for each in kafka.partitions()}
        for checkpoint in KafkaCheckpoint.objects.filter(pillow__in=PILLOWS).order_by("pillow", "partition"):
            name = f"{checkpoint.pillow} {checkpoint.topic}/{checkpoint.partition}"
            there = ends.get((checkpoint.topic, checkpoint.partition))
            if there is None:
                yield f"{name}: kafka has no such partition"
            elif not there.earliest <= checkpoint.offset <= there.latest:
                yield f"{name}: {checkpoint.offset} is not between {there.earliest} and {there.latest}"
