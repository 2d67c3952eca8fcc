from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from corehq.apps.form_processor.announcing import announce
from corehq.apps.receiverwrapper.storing import store
from corehq.apps.receiverwrapper.xform import NotAForm, parse


@require_POST
def post(request, domain):
    """Receives a form. 201: it is safe, and is not to be sent again."""
    try:
        form = parse(request.body)
        xml = request.body.decode()
    except UnicodeDecodeError:
        return _open_rosa("submit_error", "A form is in UTF-8.", 422)
    except NotAForm as error:
        return _open_rosa("submit_error", str(error), 422)
    instance = store(domain, form, xml)
    if instance is None:
        return _open_rosa("submit_success", "This form is here already.", 201)
    announce(instance)
    return _open_rosa("submit_success", f"   √   {instance.form_id}", 201)


def _open_rosa(nature, message, status):
    body = (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f'<message nature="{nature}">{escape(message)}</message></OpenRosaResponse>'
    )
    return HttpResponse(body, content_type="text/xml; charset=utf-8", status=status)
