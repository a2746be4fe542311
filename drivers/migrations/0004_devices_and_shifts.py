"""The phones that drivers sign in on, and their shifts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_what_drivers_may'),
        ('drivers', '0003_position_marks_and_day_partitions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('app_version', models.CharField(blank=True, max_length=40)),
                ('signed_in_at', models.DateTimeField()),
                ('signed_out_at', models.DateTimeField(null=True)),
                ('signed_out_by', models.CharField(blank=True, max_length=160)),
                ('skew_seconds', models.FloatField(null=True)),
                ('synced_at', models.DateTimeField(null=True)),
                ('last_sequence', models.BigIntegerField(default=0)),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='drivers.driver')),
                ('key', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='device', to='core.apikey')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-signed_in_at', '-id'],
                'indexes': [models.Index(fields=['driver', '-signed_in_at'], name='device_of_driver')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('planned_end', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'indexes': [models.Index(fields=['driver', '-started_at'], name='shift_of_driver')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('driver',), name='one_open_shift_per_driver'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='shift_ends_after_it_starts')],
            },
        ),
    ]
