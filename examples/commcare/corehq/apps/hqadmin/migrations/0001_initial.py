from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="HqDeploy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateTimeField(auto_now_add=True)),
                ("user", models.CharField(max_length=255)),
                ("environment", models.CharField(max_length=255)),
                ("commit", models.CharField(blank=True, max_length=255)),
                ("diff_url", models.CharField(blank=True, max_length=255)),
                ("minutes", models.PositiveIntegerField(null=True)),
                ("release", models.CharField(max_length=255)),
            ],
        ),
    ]
