from django.db import transaction
from django.utils.timezone import now

from corehq.apps.form_processor.models import CommCareCase, XFormInstance
from corehq.release import running


@transaction.atomic
def store(domain, form, xml):
    """Saves a form and its cases, all or nothing. None: this form was here already."""
    instance, is_new = XFormInstance.objects.get_or_create(
        form_id=form.form_id,
        defaults={
            "domain": domain,
            "xmlns": form.xmlns,
            "user_id": form.user_id,
            "xml": xml,
            "received_on": now(),
            "received_by": running.version,
        },
    )
    if not is_new:
        return None
    for block in form.cases:
        _apply(domain, instance, form, block)
    return instance


def _apply(domain, instance, form, block):
    case, _ = CommCareCase.objects.select_for_update().get_or_create(
        case_id=block.case_id,
        defaults={"domain": domain, "opened_on": form.time_end, "modified_on": form.time_end, "last_form": instance},
    )
    properties = dict(block.properties)
    case.type = properties.pop("case_type", case.type)
    case.name = properties.pop("case_name", case.name)
    case.properties = {**case.properties, **properties}
    case.modified_on = form.time_end
    case.closed = case.closed or block.close
    case.last_form = instance
    case.save()
