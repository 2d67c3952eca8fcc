import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.template import Context, Engine, TemplateSyntaxError

MISSING = "<<missing %s>>"


class Command(BaseCommand):
    help = "Fills a template of supervisord's configuration in and writes it into a folder."

    def add_arguments(self, parser):
        parser.add_argument("--conf_file", required=True, help="the template")
        parser.add_argument("--conf_destination", required=True, help="the folder that gets the result")
        parser.add_argument("--conf_destination_filename", help="its name there; the template's own when not given")
        parser.add_argument("--params", required=True, help="a JSON object; its environment comes before the name")

    def handle(self, conf_file, conf_destination, conf_destination_filename, params, **options):
        template = Path(conf_file)
        values = self._values(params)
        try:
            text = Engine(string_if_invalid=MISSING).from_string(template.read_text())
            filled = text.render(Context(values, autoescape=False))
        except (OSError, TemplateSyntaxError) as error:
            raise CommandError(f"{template}: {error}") from error
        if "<<missing " in filled:
            name = filled.partition("<<missing ")[2].partition(">>")[0]
            raise CommandError(f"{template} wants {name}, which --params does not have.")
        name = conf_destination_filename or template.name
        environment = values.get("environment")
        target = Path(conf_destination) / (f"{environment}_{name}" if environment else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled)
        self.stdout.write(str(target))

    def _values(self, params):
        try:
            values = json.loads(params)
        except ValueError as error:
            raise CommandError(f"--params is not JSON: {error}") from error
        if not isinstance(values, dict):
            raise CommandError("--params is not a JSON object.")
        return values
