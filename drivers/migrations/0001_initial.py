"""Drivers, their vehicles, devices and shifts; the history of positions is partitioned by day."""

from datetime import UTC, datetime, time, timedelta

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


TABLE = "drivers_positionsample"
DAYS_BACK, DAYS_AHEAD = 1, 3

PARTITIONED = f"""
    CREATE TABLE {TABLE} (
        driver_id bigint NOT NULL,
        tenant_id bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        heading double precision,
        speed double precision,
        accuracy double precision,
        battery double precision,
        flags smallint NOT NULL DEFAULT 0 CHECK (flags >= 0),
        PRIMARY KEY (driver_id, recorded_at)
    ) PARTITION BY RANGE (recorded_at);
    CREATE TABLE {TABLE}_rest PARTITION OF {TABLE} DEFAULT;
"""


def make_days(apps, schema_editor):
    now = datetime.now(UTC)
    with schema_editor.connection.cursor() as cursor:
        for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
            day = datetime.combine((now + timedelta(days=offset)).date(), time(), UTC)
            cursor.execute(
                f"CREATE TABLE {TABLE}_{day:%Y%m%d} PARTITION OF {TABLE} FOR VALUES FROM (%s) TO (%s)",
                [day, day + timedelta(days=1)],
            )


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Driver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('status', models.CharField(choices=[('active', 'Active'), ('inactive', 'Inactive'), ('on_leave', 'On leave'), ('suspended', 'Suspended')], default='active', max_length=10)),
                ('is_online', models.BooleanField(default=False)),
                ('online_changed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('licence_number', models.CharField(blank=True, max_length=40)),
                ('licence_class', models.CharField(choices=[('standard', 'Standard'), ('commercial', 'Commercial'), ('special', 'Special')], default='standard', max_length=12)),
                ('all_zones', models.BooleanField(default=True)),
                ('all_teams', models.BooleanField(default=True)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('allowed_zones', models.ManyToManyField(blank=True, related_name='allowed_drivers', to='core.zone')),
                ('preferred_zones', models.ManyToManyField(blank=True, related_name='preferred_drivers', to='core.zone')),
                ('teams', models.ManyToManyField(blank=True, related_name='drivers', to='core.team')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drivers', to='core.tenant')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='driver', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'indexes': [
                    models.Index(fields=['tenant', 'name'], name='driver_by_name'),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(PARTITIONED, f"DROP TABLE {TABLE}"),
                migrations.RunPython(make_days, migrations.RunPython.noop),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='PositionSample',
                    fields=[
                        ('latitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                        ('longitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                        ('heading', models.FloatField(null=True)),
                        ('speed', models.FloatField(null=True)),
                        ('accuracy', models.FloatField(null=True)),
                        ('battery', models.FloatField(null=True)),
                        ('flags', models.PositiveSmallIntegerField(db_default=0, default=0)),
                        ('recorded_at', models.DateTimeField()),
                        ('received_at', models.DateTimeField()),
                        ('pk', models.CompositePrimaryKey('driver_id', 'recorded_at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('driver', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='drivers.driver')),
                        ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='Vehicle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=20)),
                ('kind', models.CharField(choices=[('bike', 'Bike'), ('cargo_bike', 'Cargo bike'), ('scooter', 'Scooter'), ('car', 'Car'), ('van', 'Van'), ('truck', 'Truck')], max_length=12)),
                ('capacity_units', models.PositiveIntegerField(default=10)),
                ('licence_class', models.CharField(choices=[('standard', 'Standard'), ('commercial', 'Commercial'), ('special', 'Special')], default='standard', max_length=12)),
                ('fuel', models.CharField(blank=True, max_length=40)),
                ('features', models.CharField(blank=True, max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='core.tenant')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'code'), name='vehicle_code_once_per_tenant'),
                ],
            },
        ),
        migrations.AddField(
            model_name='driver',
            name='primary_vehicle',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='primary_of', to='drivers.vehicle'),
        ),
        migrations.AddField(
            model_name='driver',
            name='vehicles',
            field=models.ManyToManyField(blank=True, related_name='drivers', to='drivers.vehicle'),
        ),
        migrations.CreateModel(
            name='DriverPosition',
            fields=[
                ('latitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('longitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('heading', models.FloatField(null=True)),
                ('speed', models.FloatField(null=True)),
                ('accuracy', models.FloatField(null=True)),
                ('battery', models.FloatField(null=True)),
                ('flags', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('recorded_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('driver', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='position', serialize=False, to='drivers.driver')),
                ('suspect_latitude', models.FloatField(editable=False, null=True)),
                ('suspect_longitude', models.FloatField(editable=False, null=True)),
                ('suspect_accuracy', models.FloatField(editable=False, null=True)),
                ('suspect_recorded_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Tracker',
            fields=[
                ('driver', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='tracker', serialize=False, to='drivers.driver')),
                ('prefix', models.CharField(editable=False, max_length=4)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('issued_at', models.DateTimeField(editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['driver__name'],
            },
        ),
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
                ('key', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='device', to='core.apikey')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='drivers.driver')),
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
