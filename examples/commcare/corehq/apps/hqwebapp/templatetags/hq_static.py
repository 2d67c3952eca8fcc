from django import template
from django.templatetags.static import static

from corehq.apps.hqwebapp.manifest import read_manifest

register = template.Library()


@register.simple_tag
def compressed(name):
    """The URL of a file that compress has made; of the file itself where nothing was compressed."""
    return static(read_manifest().get(name, name))
