import type { Version } from './version.ts';

const models = 'corehq/apps/form_processor/models.py';
const storing = 'corehq/apps/receiverwrapper/storing.py';
const migration = (name: string): string => `corehq/apps/form_processor/migrations/${name}.py`;

/** Adds a column that may be empty, and fills it: code from before goes on writing rows without it. */
export const nullableColumn: Version = {
  subject: 'Forms have the host that received them',
  insertions: {
    [models]: [
      [
        '    received_by = models.CharField(max_length=255)\n',
        '    received_at = models.CharField(max_length=255, null=True)\n',
      ],
    ],
    [storing]: [['            "received_by": running.version,\n', '            "received_at": running.host,\n']],
  },
  files: {
    [migration('0002_xforminstance_received_at')]: `from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("form_processor", "0001_initial")]

    operations = [
        migrations.AddField("xforminstance", "received_at", models.CharField(max_length=255, null=True)),
    ]
`,
  },
};

/** Adds a table, and a row in it for each form from now on. */
export const newTable: Version = {
  subject: 'Forms have a history',
  insertions: {
    [models]: [
      [
        'from django.db import models\n',
        `

class XFormOperation(models.Model):
    """What was done with a form, and by which release."""

    form = models.ForeignKey("XFormInstance", on_delete=models.CASCADE)
    operation = models.CharField(max_length=255)
    release = models.CharField(max_length=255)
    date = models.DateTimeField(auto_now_add=True)
`,
      ],
    ],
    [storing]: [
      ['import CommCareCase, XFormInstance', ', XFormOperation'],
      [
        '        return None\n',
        '    XFormOperation.objects.create(form=instance, operation="received", release=running.release)\n',
      ],
    ],
  },
  files: {
    [migration('0003_xformoperation')]: `from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [("form_processor", "0002_xforminstance_received_at")]

    operations = [
        migrations.CreateModel(
            name="XFormOperation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="form_processor.xforminstance"),
                ),
                ("operation", models.CharField(max_length=255)),
                ("release", models.CharField(max_length=255)),
                ("date", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
`,
  },
};

/** Needs indexes that are not there: its preindex takes a while, where that of most versions takes a moment. */
export const newIndexes: Version = {
  subject: 'Forms can be found by their kind',
  files: {
    'corehq/apps/preindex/views/forms_by_xmlns.js': `(function (doc) {
  if (doc.doc_type === 'XFormInstance') emit([doc.domain, doc.xmlns], null);
});
`,
    'corehq/apps/preindex/mappings/xforms.json':
      '{ "properties": { "domain": "keyword", "xmlns": "text", "received_on": "date" } }\n',
  },
};
