from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ProcessedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pillow", models.CharField(max_length=255)),
                ("topic", models.CharField(max_length=255)),
                ("partition", models.IntegerField()),
                ("offset", models.BigIntegerField()),
                ("key", models.CharField(max_length=255)),
                ("release", models.CharField(max_length=255)),
                ("processed_on", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "unique_together": {("pillow", "topic", "partition", "offset")},
            },
        ),
        migrations.CreateModel(
            name="KafkaCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pillow", models.CharField(max_length=255)),
                ("topic", models.CharField(max_length=255)),
                ("partition", models.IntegerField()),
                ("offset", models.BigIntegerField(default=0)),
            ],
            options={
                "unique_together": {("pillow", "topic", "partition")},
            },
        ),
    ]
