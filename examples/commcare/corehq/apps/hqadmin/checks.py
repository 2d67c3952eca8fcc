"""What `check --deploy` looks at beside Django's own checks."""

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, connections

from corehq.apps.hqwebapp.manifest import read_manifest


@register(deploy=True)
def static_files_are_built(app_configs, **kwargs):
    """Pages of a release without its manifest would link to nothing."""
    if read_manifest():
        return []
    return [Error(f"{settings.STATIC_ROOT} has no manifest: compress has not run.", id="hqadmin.E001")]


# Not for every command: most of them run well, or say better what is wrong, without a database.
@register(Tags.database, deploy=True)
def databases_answer(app_configs, **kwargs):
    errors = []
    for alias in settings.DATABASES:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError as error:
            errors.append(Error(f"{alias}: {error}", id="hqadmin.E002"))
    return errors
