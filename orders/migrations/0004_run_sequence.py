"""The sequence in which a driver works off the orders."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_members_are_called_members'),
        ('drivers', '0002_driver_version_and_one_sample_per_time'),
        ('orders', '0003_open_newest_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='RunSequence',
            fields=[
                ('driver', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='run_sequence', serialize=False, to='drivers.driver')),
                ('order_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('version', models.PositiveIntegerField(default=0)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
        ),
    ]
