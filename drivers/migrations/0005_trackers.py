"""Identifiers under which phone trackers report."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("drivers", "0004_devices_and_shifts")]

    operations = [
        migrations.CreateModel(
            name="Tracker",
            fields=[
                (
                    "driver",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tracker",
                        serialize=False,
                        to="drivers.driver",
                    ),
                ),
                ("prefix", models.CharField(editable=False, max_length=4)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("issued_at", models.DateTimeField(editable=False)),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.tenant"),
                ),
            ],
            options={"ordering": ["driver__name"]},
        ),
    ]
