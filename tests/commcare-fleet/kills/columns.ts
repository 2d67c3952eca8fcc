import type { Version } from '../application/version.ts';

/** The name of the migration that adds column `number`; 0 is what the first of them stands upon. */
export const migrationNumbered = (number: number): string =>
  number === 0 ? '0003_xformoperation' : `${String(number + 3).padStart(4, '0')}_column_${number}`;

/** As many versions with a migration as anybody needs, 1 upon `newTable`, each further one upon the one before. */
export const columnNumbered = (number: number): Version => {
  return {
    subject: `Forms have column ${number}`,
    insertions: {
      'corehq/apps/form_processor/models.py': [
        [
          '    received_by = models.CharField(max_length=255)\n',
          `    column_${number} = models.CharField(max_length=255, null=True)\n`,
        ],
      ],
    },
    files: {
      [`corehq/apps/form_processor/migrations/${migrationNumbered(number)}.py`]: `from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("form_processor", "${migrationNumbered(number - 1)}")]

    operations = [
        migrations.AddField("xforminstance", "column_${number}", models.CharField(max_length=255, null=True)),
    ]
`,
    },
  };
};
