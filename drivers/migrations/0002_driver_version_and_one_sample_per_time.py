"""Give drivers a version for the event log, and store a repeated position sample once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_event_log_is_append_only"),
        ("drivers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="driver",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RemoveIndex(model_name="positionsample", name="sample_by_driver_and_time"),
        migrations.AddConstraint(
            model_name="positionsample",
            constraint=models.UniqueConstraint(fields=("driver", "recorded_at"), name="one_sample_per_driver_and_time"),
        ),
    ]
