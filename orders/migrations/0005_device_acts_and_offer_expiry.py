"""What phones did without network and what came of it; and until when an offer can be answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_what_drivers_may'),
        ('drivers', '0004_devices_and_shifts'),
        ('orders', '0004_run_sequence'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='expires_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), ('status', 'pending')), fields=['expires_at'], name='assignment_offer_expiry'),
        ),
        migrations.CreateModel(
            name='DeviceAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act_id', models.UUIDField()),
                ('sequence', models.BigIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('order_code', models.CharField(blank=True, max_length=24)),
                ('seen_version', models.PositiveIntegerField(null=True)),
                ('input', models.JSONField(default=dict)),
                ('fingerprint', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('verdict', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('already_done', 'Already done'), ('changed', 'Changed meanwhile'), ('refused', 'Refused')], default='waiting', max_length=12)),
                ('answer', models.JSONField(default=dict)),
                ('answered_at', models.DateTimeField(null=True)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='acts', to='drivers.device')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['device', 'sequence'],
                'constraints': [models.UniqueConstraint(fields=('device', 'act_id'), name='one_act_per_device_and_id'), models.UniqueConstraint(fields=('device', 'sequence'), name='one_act_per_device_and_sequence')],
            },
        ),
    ]
