import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

DEFINE = re.compile(r"define\('(\w+)', \[([^\]]*)\]")
# What a page needs of require.js when everything is in one file, in order.
LOADER = """var modules = {};
function define(name, needs, make) {
  modules[name] = make.apply(null, needs.map(function (need) { return modules[need]; }));
}
"""


class Command(BaseCommand):
    help = "Makes one script of the modules that main.js needs, each after those that it needs itself."

    def handle(self, **options):
        source = Path(settings.STATIC_ROOT) / "hqwebapp/js"
        bundle = Path(settings.STATIC_ROOT) / "build/main.js"
        order = []
        self._add(source, "main", order)
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_text(LOADER + "".join((source / f"{name}.js").read_text() for name in order))
        self.stdout.write(" ".join(order))

    def _add(self, source, name, order, above=()):
        if name in order:
            return
        if name in above:
            raise CommandError(f"{name}.js needs itself.")
        try:
            text = (source / f"{name}.js").read_text()
        except FileNotFoundError as error:
            raise CommandError(f"{name}.js is not there.") from error
        found = DEFINE.search(text)
        for need in re.findall(r"'(\w+)'", found.group(2) if found else ""):
            self._add(source, need, order, (*above, name))
        order.append(name)
