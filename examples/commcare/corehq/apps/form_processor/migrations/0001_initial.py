from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="TaskRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(db_index=True, max_length=255)),
                ("task_id", models.CharField(max_length=255)),
                ("subject", models.CharField(db_index=True, max_length=255)),
                ("worker", models.CharField(max_length=255)),
                ("release", models.CharField(max_length=255)),
                ("started_on", models.DateTimeField()),
                ("ended_on", models.DateTimeField(null=True)),
                ("found_done", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="XFormInstance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form_id", models.CharField(max_length=255, unique=True)),
                ("domain", models.CharField(db_index=True, max_length=255)),
                ("xmlns", models.CharField(max_length=255)),
                ("user_id", models.CharField(max_length=255)),
                ("xml", models.TextField()),
                ("received_on", models.DateTimeField()),
                ("received_by", models.CharField(max_length=255)),
                ("published_on", models.DateTimeField(db_index=True, null=True)),
                ("queued_on", models.DateTimeField(db_index=True, null=True)),
                ("processed_on", models.DateTimeField(db_index=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CommCareCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("case_id", models.CharField(max_length=255, unique=True)),
                ("domain", models.CharField(max_length=255)),
                ("type", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("properties", models.JSONField(default=dict)),
                ("opened_on", models.DateTimeField()),
                ("modified_on", models.DateTimeField()),
                ("closed", models.BooleanField(default=False)),
                ("last_form", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="form_processor.xforminstance", to_field="form_id")),
            ],
        ),
    ]
