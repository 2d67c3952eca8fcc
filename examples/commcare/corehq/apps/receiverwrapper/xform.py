"""Reads a form as a phone sends it."""

from dataclasses import dataclass, field
from xml.etree import ElementTree

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, make_aware, now

CASE = "{http://commcarehq.org/case/transaction/v2}"
LONGEST = 255


class NotAForm(ValueError):
    """What was sent is not a form; the message says why."""


@dataclass(frozen=True)
class CaseBlock:
    """What a form says about one case."""

    case_id: str
    close: bool = False
    properties: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    form_id: str
    xmlns: str
    user_id: str
    time_end: object
    cases: tuple


def parse(xml):
    """The form that these bytes are."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise NotAForm("A form has no document type and no entities.")
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError) as error:
        raise NotAForm(f"This is not XML: {error}.") from error
    meta = next((element for element in root.iter() if _name(element) == "meta"), None)
    form = Form(
        form_id=_text(meta, "instanceID").removeprefix("uuid:"),
        xmlns=root.tag[1:].partition("}")[0] if root.tag.startswith("{") else "",
        user_id=_text(meta, "userID"),
        time_end=_moment(_text(meta, "timeEnd")),
        cases=tuple(_case(element) for element in root.iter(f"{CASE}case")),
    )
    if not form.form_id:
        raise NotAForm("The form has no instanceID in its meta block.")
    _refuse_long(form.form_id, form.xmlns, form.user_id)
    return form


def _case(element):
    case_id = element.get("case_id", "")
    if not case_id:
        raise NotAForm("A case block has no case_id.")
    blocks = [block for name in ("create", "update") for block in element.findall(f"{CASE}{name}")]
    properties = {_name(each): (each.text or "").strip() for block in blocks for each in block}
    _refuse_long(case_id, properties.get("case_type", ""), properties.get("case_name", ""))
    return CaseBlock(case_id, close=element.find(f"{CASE}close") is not None, properties=properties)


def _refuse_long(*texts):
    for text in texts:
        if len(text) > LONGEST:
            raise NotAForm(f"«{text[:20]}…» is longer than {LONGEST} characters.")


def _name(element):
    return element.tag.rpartition("}")[2]


def _text(parent, name):
    found = [element for element in (parent if parent is not None else ()) if _name(element) == name]
    return (found[0].text or "").strip() if found else ""


def _moment(text):
    moment = parse_datetime(text) if text else None
    if moment is None:
        return now()
    return moment if is_aware(moment) else make_aware(moment)
