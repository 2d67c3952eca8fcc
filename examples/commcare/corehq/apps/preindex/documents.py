"""What elasticsearch's indexes hold, read from the database in an order that a reindex can go on in."""

from dataclasses import dataclass

from corehq.apps.form_processor.models import CommCareCase, XFormInstance


@dataclass(frozen=True)
class Kind:
    model: type
    key: str
    # Grows with every change of a document, so that what has changed since is what is beyond it.
    position: str
    fields: tuple

    def after(self, position, limit):
        """The next documents, as (position, key, document)."""
        rows = self.model.objects.filter(**{f"{self.position}__gt": position}).order_by(self.position)
        return [(row[self.position], *document) for row, document in self._read(rows[:limit])]

    def where(self, **conditions):
        """Some documents, as (key, document)."""
        return [document for _, document in self._read(self.model.objects.filter(**conditions))]

    def _read(self, rows):
        # These columns only: a preindex runs before the migrations of its release, which may add others.
        for row in rows.values(self.position, self.key, *self.fields):
            yield row, (row[self.key], {name: row[name] for name in self.fields})


KINDS = {
    "xforms": Kind(XFormInstance, "form_id", "id", ("domain", "xmlns", "received_on")),
    "hqcases": Kind(CommCareCase, "case_id", "last_form__id", ("domain", "type", "name")),
}
