"""Orders with everything that hangs on them; the ledger of cash is append-only in the database itself."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
import orders.models.import_job
import orders.models.order
import orders.models.proof
import uuid
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


PROTECT = """
CREATE FUNCTION orders_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: entry % cannot be changed or deleted.', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER orders_ledger_append_only BEFORE UPDATE OR DELETE ON orders_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION orders_ledger_is_append_only();
"""

UNPROTECT = """
DROP TRIGGER orders_ledger_append_only ON orders_ledgerentry;
DROP FUNCTION orders_ledger_is_append_only();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('drivers', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24)),
                ('barcode', models.CharField(max_length=40)),
                ('type', models.CharField(choices=[('on_demand', 'On-demand'), ('pickup', 'Pickup'), ('delivery', 'Delivery'), ('pickup_delivery', 'Pickup & delivery')], max_length=16)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('pending', 'Pending'), ('assigned', 'Assigned'), ('picked_up', 'Picked up'), ('in_transit', 'In transit'), ('staged', 'Staged at warehouse'), ('delivered', 'Delivered'), ('cancelled', 'Cancelled'), ('returned', 'Returned')], default='pending', max_length=12)),
                ('assignment_status', models.CharField(choices=[('none', 'No driver'), ('pending', 'Waiting for driver'), ('assigned', 'Assigned'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('completed', 'Completed'), ('returned', 'Returned'), ('unassigned', 'Unassigned')], default='none', max_length=12)),
                ('carrier_type', models.CharField(choices=[('internal', 'Internal'), ('prime', 'Prime'), ('external', 'External'), ('hybrid', 'Hybrid')], default='internal', max_length=10)),
                ('direction', models.CharField(blank=True, choices=[('inbound', 'Inbound'), ('outbound', 'Outbound')], max_length=10)),
                ('leg', models.CharField(blank=True, choices=[('inbound', 'To the warehouse'), ('outbound', 'From the warehouse')], max_length=10)),
                ('awaits_staging', models.BooleanField(default=False)),
                ('wants_replacement', models.BooleanField(default=False)),
                ('flow', models.CharField(blank=True, choices=[('forward', 'Forward'), ('return', 'Return')], max_length=10)),
                ('return_status', models.CharField(blank=True, choices=[('pending', 'Requested'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('cancelled', 'Withdrawn')], max_length=10)),
                ('customer_name', models.CharField(max_length=120)),
                ('customer_phone', models.CharField(blank=True, max_length=40)),
                ('pickup_address', models.CharField(blank=True, max_length=300)),
                ('pickup_latitude', models.FloatField(null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('pickup_longitude', models.FloatField(null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('pickup_contact', models.CharField(blank=True, max_length=120)),
                ('pickup_phone', models.CharField(blank=True, max_length=40)),
                ('pickup_notes', models.CharField(blank=True, max_length=500)),
                ('dropoff_address', models.CharField(blank=True, max_length=300)),
                ('dropoff_latitude', models.FloatField(null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('dropoff_longitude', models.FloatField(null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('dropoff_contact', models.CharField(blank=True, max_length=120)),
                ('dropoff_phone', models.CharField(blank=True, max_length=40)),
                ('dropoff_notes', models.CharField(blank=True, max_length=500)),
                ('payer', models.CharField(choices=[('sender', 'Sender'), ('receiver', 'Receiver')], max_length=10)),
                ('payment_method', models.CharField(choices=[('wallet', 'Wallet'), ('cod', 'Cash on delivery'), ('cash', 'Cash for the fee'), ('card', 'Card'), ('account', 'Account'), ('prepaid', 'Prepaid')], max_length=10)),
                ('payment_status', models.CharField(choices=[('pending', 'Pending'), ('paid', 'Paid'), ('failed', 'Failed'), ('refunded', 'Refunded')], default='pending', max_length=10)),
                ('cod_amount', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('delivery_fee', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('unit_size', models.PositiveIntegerField(default=1)),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'Urgent'), (2, 'High'), (3, 'Normal'), (4, 'Low')], default=3)),
                ('instructions', models.CharField(blank=True, max_length=1000)),
                ('notes', models.CharField(blank=True, max_length=2000)),
                ('external_reference', models.CharField(blank=True, max_length=80)),
                ('bulk_group', models.CharField(blank=True, max_length=60)),
                ('scheduled_pickup_at', models.DateTimeField(null=True)),
                ('scheduled_delivery_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('on_hold', models.BooleanField(default=False)),
                ('hold_reason', models.CharField(blank=True, max_length=200)),
                ('closing_reason', models.CharField(blank=True, max_length=200)),
                ('proof_missing', models.BooleanField(default=False)),
                ('held_by', models.CharField(blank=True, max_length=40)),
                ('attempt_failed', models.BooleanField(default=False)),
                ('failed_attempts', models.PositiveSmallIntegerField(default=0)),
                ('open_exceptions', models.PositiveSmallIntegerField(default=0)),
                ('pin_tries', models.PositiveSmallIntegerField(default=0)),
                ('received_by', models.CharField(blank=True, max_length=120)),
                ('arrived_pickup_at', models.DateTimeField(null=True)),
                ('arrived_dropoff_at', models.DateTimeField(null=True)),
                ('picked_up_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('search_text', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.Value(' '), 'code', models.Value(' '), 'barcode', models.Value(' '), 'external_reference', models.Value(' '), 'customer_name', models.Value(' '), 'customer_phone', models.Value(' '), 'dropoff_contact', models.Value(' '), 'dropoff_phone', models.Value(' '), 'pickup_address', models.Value(' '), 'dropoff_address', models.Value(' '), orders.models.order.WithoutSeparators(django.db.models.functions.text.Concat('code', models.Value('|'), 'barcode', models.Value('|'), 'customer_phone', models.Value('|'), 'dropoff_phone')))), output_field=models.TextField())),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='core.customer')),
                ('driver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='drivers.driver')),
                ('dropoff_warehouse', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.warehouse')),
                ('dropoff_zone', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.zone')),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.driver')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='orders.order')),
                ('pickup_warehouse', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.warehouse')),
                ('pickup_zone', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.zone')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('driver__isnull', False)), fields=['driver', 'status'], name='order_of_driver'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('search_text'), name='gin_trgm_ops'), name='order_search'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('pickup_warehouse__isnull', True), models.Q(('pickup_address', ''), _negated=True)), models.Q(('pickup_address', ''), ('pickup_warehouse__isnull', False)), _connector='OR'), name='order_pickup_is_one_place'),
                    models.CheckConstraint(condition=models.Q(models.Q(('dropoff_warehouse__isnull', True), models.Q(('dropoff_address', ''), _negated=True)), models.Q(('dropoff_address', ''), ('dropoff_warehouse__isnull', False)), _connector='OR'), name='order_dropoff_is_one_place'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cod_amount__gt', 0), ('payment_method', 'cod')), models.Q(models.Q(('payment_method', 'cod'), _negated=True), ('cod_amount', 0)), _connector='OR'), name='order_cod_amount'),
                    models.UniqueConstraint(condition=models.Q(('parent__isnull', False)), fields=('parent', 'leg'), name='order_leg_once_per_parent'),
                    models.CheckConstraint(condition=models.Q(('awaits_staging', False), models.Q(('driver__isnull', True), ('held_by', ''), ('holder__isnull', True), ('leg', 'outbound')), _connector='OR'), name='order_only_outbound_legs_wait'),
                    models.CheckConstraint(condition=models.Q(('driver__isnull', True), models.Q(('assignment_status', 'none'), _negated=True), _connector='OR'), name='order_driver_has_live_assignment'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BulkRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('action', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=160)),
                ('params', models.JSONField(default=dict)),
                ('filters', models.CharField(blank=True, max_length=2000)),
                ('token', models.CharField(blank=True, max_length=120)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('validating', 'Being checked'), ('validated', 'Checked'), ('running', 'Running'), ('success', 'Done'), ('partial', 'Partly done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='validating', max_length=12)),
                ('stop_wanted', models.BooleanField(default=False)),
                ('total', models.PositiveIntegerField(default=0)),
                ('possible', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('actor_kind', models.CharField(choices=[('user', 'User'), ('driver', 'Driver'), ('api_key', 'API key'), ('system', 'System')], max_length=10)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=160)),
                ('source', models.CharField(choices=[('console', 'Console'), ('api', 'API'), ('driver_app', 'Driver app'), ('bulk', 'Bulk run'), ('import', 'Import'), ('waybill', 'Waybill'), ('trip', 'Trip'), ('session', 'Route session'), ('task', 'Background task'), ('system', 'System')], max_length=12)),
                ('worker', models.CharField(blank=True, max_length=36)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('retry_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='retries', to='orders.bulkrun')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('undo_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='undos', to='orders.bulkrun')),
            ],
            options={
                'ordering': ['-number'],
                'indexes': [
                    models.Index(condition=models.Q(('state__in', ('validating', 'running'))), fields=['heartbeat_at'], name='bulk_run_at_work'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'number'), name='bulk_run_number_once_per_tenant'),
                    models.UniqueConstraint(condition=models.Q(('token', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'token'), name='one_bulk_run_per_token', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='BulkRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('code', models.CharField(max_length=24)),
                ('outcome', models.CharField(choices=[('waiting', 'Waiting'), ('possible', 'Can be done'), ('done', 'Done'), ('failed', 'Failed'), ('skipped', 'Not tried')], default='waiting', max_length=10)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('message', models.CharField(blank=True, max_length=600)),
                ('version', models.PositiveIntegerField(null=True)),
                ('version_after', models.PositiveIntegerField(null=True)),
                ('status', models.CharField(blank=True, max_length=12)),
                ('event_id', models.BigIntegerField(null=True)),
                ('undoes', models.BigIntegerField(null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='orders.bulkrun')),
            ],
            options={
                'ordering': ['run', 'position'],
                'indexes': [
                    models.Index(fields=['run', 'outcome', 'position'], name='bulk_row_by_outcome'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'position'), name='one_bulk_row_per_position'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('pickup', 'At the pickup'), ('dropoff', 'At the dropoff')], max_length=8)),
                ('status', models.CharField(choices=[('collected', 'Collected'), ('remitted', 'Remitted'), ('settled_by_wallet', 'Settled by wallet'), ('void', 'Void')], default='collected', max_length=18)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=10)),
                ('goods', models.DecimalField(decimal_places=2, max_digits=10)),
                ('fee', models.DecimalField(decimal_places=2, max_digits=10)),
                ('due', models.DecimalField(decimal_places=2, max_digits=10)),
                ('difference_reason', models.CharField(blank=True, max_length=200)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('collected_by', models.CharField(max_length=160)),
                ('collected_at', models.DateTimeField()),
                ('remitted_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.customer')),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-collected_at', '-id'],
                'indexes': [
                    models.Index(fields=['tenant', '-collected_at', '-id'], name='collection_newest'),
                    models.Index(condition=models.Q(('status', 'collected')), fields=['driver'], name='collection_with_driver'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(models.F('goods'), '+', models.F('fee')))), name='collection_amount_is_its_parts'),
                    models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('due__gt', 0), ('fee__gte', 0), ('goods__gte', 0)), name='collection_not_negative'),
                    models.CheckConstraint(condition=models.Q(('amount', models.F('due')), models.Q(('difference_reason', ''), _negated=True), _connector='OR'), name='collection_difference_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('remitted_at__isnull', True), ('settled_at__isnull', True), ('status', 'collected'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', False), ('settled_at__isnull', True), ('status', 'remitted'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', True), ('settled_at__isnull', False), ('status', 'settled_by_wallet'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', True), ('settled_at__isnull', True), ('status', 'void'), ('voided_at__isnull', False)), _connector='OR'), name='collection_status_and_times'),
                ],
            },
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
                'constraints': [
                    models.UniqueConstraint(fields=('device', 'act_id'), name='one_act_per_device_and_id'),
                    models.UniqueConstraint(fields=('device', 'sequence'), name='one_act_per_device_and_sequence'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FulfilmentPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('assignment_mode', models.CharField(blank=True, choices=[('manual', 'Manual'), ('automatic', 'Automatic'), ('hybrid', 'Both'), ('offers', 'Offers to drivers nearby')], default='', help_text="Empty: as the company's dispatch settings say.", max_length=10)),
                ('pickup_photo', models.BooleanField(default=False)),
                ('pickup_signature', models.BooleanField(default=False)),
                ('delivery_photo', models.BooleanField(default=False)),
                ('delivery_signature', models.BooleanField(default=False)),
                ('pickup_barcode', models.BooleanField(default=False, verbose_name='pickup barcode scan')),
                ('delivery_barcode', models.BooleanField(default=False, verbose_name='delivery barcode scan')),
                ('delivery_pin', models.BooleanField(default=False, verbose_name='delivery PIN')),
                ('client_pickup_photo', models.BooleanField(default=False)),
                ('client_pickup_signature', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fulfilment_policies', to='core.tenant')),
            ],
            options={
                'verbose_name_plural': 'fulfilment policies',
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'name'), name='policy_name_once_per_tenant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DeliveryService',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=20)),
                ('level', models.CharField(choices=[('economy', 'Economy'), ('standard', 'Standard'), ('express', 'Express'), ('same_day', 'Same day'), ('next_day', 'Next day'), ('scheduled', 'Scheduled')], default='standard', max_length=10)),
                ('order_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('on_demand', 'On-demand'), ('pickup', 'Pickup'), ('delivery', 'Delivery'), ('pickup_delivery', 'Pickup & delivery')], max_length=16), blank=True, default=list, size=None)),
                ('min_units', models.PositiveIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)])),
                ('max_units', models.PositiveIntegerField(default=100, validators=[django.core.validators.MinValueValidator(1)])),
                ('default_price', models.DecimalField(decimal_places=2, default=0, max_digits=10, validators=[django.core.validators.MinValueValidator(0)])),
                ('promise_minutes', models.PositiveIntegerField(blank=True, null=True)),
                ('requires_vehicle', models.BooleanField(default=False)),
                ('vehicle_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('bike', 'Bike'), ('cargo_bike', 'Cargo bike'), ('scooter', 'Scooter'), ('car', 'Car'), ('van', 'Van'), ('truck', 'Truck')], max_length=12), blank=True, default=list, size=None)),
                ('licence_class', models.CharField(choices=[('standard', 'Standard'), ('commercial', 'Commercial'), ('special', 'Special')], default='standard', max_length=12)),
                ('requires_staging', models.BooleanField(default=False)),
                ('staging_rule', models.CharField(choices=[('chosen', 'Whoever creates the order chooses'), ('default', 'The default staging warehouse'), ('nearest', 'The one nearest to the pickup')], default='chosen', max_length=8, verbose_name='staging warehouse')),
                ('is_active', models.BooleanField(default=True)),
                ('team', models.ForeignKey(blank=True, help_text='Empty: all teams.', null=True, on_delete=django.db.models.deletion.PROTECT, to='core.team')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='services', to='core.tenant')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.fulfilmentpolicy')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'code'), name='service_code_once_per_tenant'),
                    models.CheckConstraint(condition=models.Q(('max_units__gte', models.F('min_units'))), name='service_units_range'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('label', models.CharField(max_length=20)),
                ('version', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('uploaded', 'Uploaded'), ('mapped', 'Columns mapped'), ('reviewing', 'Being checked'), ('reviewed', 'Checked'), ('running', 'Creating orders'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], default='uploaded', max_length=10)),
                ('actor_kind', models.CharField(choices=[('user', 'User'), ('driver', 'Driver'), ('api_key', 'API key'), ('system', 'System')], max_length=10)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=160)),
                ('source', models.CharField(choices=[('console', 'Console'), ('api', 'API'), ('driver_app', 'Driver app'), ('bulk', 'Bulk run'), ('import', 'Import'), ('waybill', 'Waybill'), ('trip', 'Trip'), ('session', 'Route session'), ('task', 'Background task'), ('system', 'System')], max_length=12)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('digest', models.CharField(max_length=64)),
                ('file', models.FileField(blank=True, upload_to=orders.models.import_job.upload_path)),
                ('name', models.CharField(max_length=160)),
                ('size', models.PositiveIntegerField()),
                ('format', models.CharField(max_length=4)),
                ('encoding', models.CharField(blank=True, max_length=20)),
                ('delimiter', models.CharField(blank=True, max_length=1)),
                ('sheet', models.CharField(blank=True, max_length=100)),
                ('sheets', models.JSONField(default=list)),
                ('heading_row', models.PositiveIntegerField(default=1)),
                ('headings', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=dict)),
                ('date_order', models.CharField(choices=[('dmy', 'Day first: 31.12.2026'), ('mdy', 'Month first: 12/31/2026')], default='dmy', max_length=3)),
                ('finds_places', models.BooleanField(default=True)),
                ('bulk_group', models.CharField(blank=True, max_length=60)),
                ('total', models.PositiveIntegerField(default=0)),
                ('checked', models.PositiveIntegerField(default=0)),
                ('valid', models.PositiveIntegerField(default=0)),
                ('invalid', models.PositiveIntegerField(default=0)),
                ('warned', models.PositiveIntegerField(default=0)),
                ('created', models.PositiveIntegerField(default=0)),
                ('held', models.PositiveIntegerField(default=0)),
                ('position', models.PositiveIntegerField(default=0)),
                ('problems', models.JSONField(default=dict)),
                ('problem', models.CharField(blank=True, max_length=600)),
                ('problem_code', models.CharField(blank=True, max_length=40)),
                ('places', models.FileField(blank=True, upload_to=orders.models.import_job.upload_path)),
                ('worker', models.CharField(blank=True, max_length=36)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-number'],
                'indexes': [
                    models.Index(condition=models.Q(('state__in', ('reviewing', 'running'))), fields=['heartbeat_at'], name='import_at_work'),
                    models.Index(condition=models.Q(('file', ''), _negated=True), fields=['expires_at'], name='import_by_expiry'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'number'), name='import_number_once_per_tenant'),
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'key'), name='one_import_per_key', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField()),
                ('is_error', models.BooleanField()),
                ('field', models.CharField(blank=True, max_length=40)),
                ('column', models.CharField(blank=True, max_length=80)),
                ('value', models.CharField(blank=True, max_length=120)),
                ('code', models.CharField(max_length=40)),
                ('message', models.CharField(max_length=600)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='orders.importjob')),
            ],
            options={
                'ordering': ['job', 'row', 'id'],
                'indexes': [
                    models.Index(fields=['job', 'is_error', 'row'], name='import_finding_by_row'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signature', models.CharField(max_length=64)),
                ('mapping', models.JSONField(default=dict)),
                ('used_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'signature'), name='one_mapping_per_headings'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('cash', 'Cash in hand'), ('wallet', 'Wallet')], max_length=8)),
                ('kind', models.CharField(choices=[('collected', 'Cash collected'), ('voided', 'Collection voided'), ('remitted', 'Cash handed over'), ('settled', 'Settled by wallet'), ('credit', 'Credit by hand'), ('debit', 'Debit by hand')], max_length=20)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=10)),
                ('cause', models.CharField(max_length=80)),
                ('actor_label', models.CharField(max_length=160)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('collection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='orders.collection')),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
                'ordering': ['id'],
                'indexes': [
                    models.Index(fields=['driver', 'account', 'id'], name='ledger_of_driver'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'cause'), name='one_ledger_entry_per_cause'),
                    models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_entry_moves_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OrderEta',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='eta', serialize=False, to='orders.order')),
                ('pickup_at', models.DateTimeField(null=True)),
                ('dropoff_at', models.DateTimeField(null=True)),
                ('is_estimate', models.BooleanField(default=False)),
                ('computed_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='order',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.deliveryservice'),
        ),
        migrations.AddField(
            model_name='order',
            name='source_order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='return_orders', to='orders.order'),
        ),
        migrations.AddField(
            model_name='order',
            name='staging_warehouse',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.warehouse'),
        ),
        migrations.AddField(
            model_name='order',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.team'),
        ),
        migrations.AddField(
            model_name='order',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='core.tenant'),
        ),
        migrations.AddField(
            model_name='order',
            name='vehicle',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.vehicle'),
        ),
        migrations.CreateModel(
            name='OfferSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_version', models.PositiveIntegerField()),
                ('started_by', models.CharField(max_length=160)),
                ('started_at', models.DateTimeField()),
                ('wave', models.PositiveSmallIntegerField(default=1)),
                ('radius', models.PositiveIntegerField()),
                ('wave_ends_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('taken', 'Taken'), ('stopped', 'Stopped'), ('nobody', 'Nobody took it'), ('changed', 'The order changed')], max_length=10)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offer_searches', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['wave_ends_at'], name='live_search_by_wave_end'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('order',), name='one_live_search_per_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wave', models.PositiveSmallIntegerField()),
                ('offered_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('answer', models.CharField(choices=[('open', 'Waiting'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('expired', 'No answer'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('answered_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('search', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='orders.offersearch')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(fields=['driver', '-offered_at'], name='offer_of_driver'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('search', 'driver'), name='driver_asked_once_per_search'),
                ],
            },
        ),
        migrations.AddField(
            model_name='collection',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='orders.order'),
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('pickup', 'Pickup'), ('delivery', 'Delivery')], max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('reported_by', models.CharField(max_length=160)),
                ('created_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('none', 'No driver'), ('pending', 'Waiting for driver'), ('assigned', 'Assigned'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('completed', 'Completed'), ('returned', 'Returned'), ('unassigned', 'Unassigned')], max_length=12)),
                ('assigned_by', models.CharField(max_length=160)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('warnings', models.JSONField(default=list)),
                ('explanation', models.JSONField(null=True)),
                ('is_automatic', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('responded_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='drivers.driver')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('vehicle', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.vehicle')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(fields=['driver', '-created_at'], name='assignment_of_driver'),
                    models.Index(condition=models.Q(('ended_at__isnull', True), ('status', 'pending')), fields=['expires_at'], name='assignment_offer_expiry'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('order',), name='one_live_assignment_per_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OrderException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=120)),
                ('stage', models.CharField(choices=[('pre_dispatch', 'Before pickup'), ('in_transit', 'On the way'), ('at_delivery', 'At the receiver'), ('post_delivery', 'After it ended')], max_length=14)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('escalated', 'Escalated'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='pending', max_length=10)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('resolution', models.CharField(blank=True, choices=[('returned', 'Returned'), ('redelivered', 'Delivered again'), ('refunded', 'Refunded'), ('cancelled', 'Cancelled'), ('continued', 'Went on as planned')], max_length=12)),
                ('resolution_note', models.CharField(blank=True, max_length=2000)),
                ('raised_by', models.CharField(max_length=160)),
                ('raised_at', models.DateTimeField()),
                ('settled_by', models.CharField(blank=True, max_length=160)),
                ('settled_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.driver')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='orders.order')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(fields=['tenant', 'status', '-id'], name='exception_by_status'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'resolved'), _negated=True), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='exception_resolved_how'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PackageItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('description', models.CharField(blank=True, max_length=500)),
                ('quantity', models.PositiveIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)])),
                ('weight', models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True)),
                ('length', models.DecimalField(blank=True, decimal_places=1, max_digits=7, null=True)),
                ('width', models.DecimalField(blank=True, decimal_places=1, max_digits=7, null=True)),
                ('height', models.DecimalField(blank=True, decimal_places=1, max_digits=7, null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PrintJob',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('form', models.CharField(max_length=20)),
                ('paper', models.CharField(blank=True, max_length=20)),
                ('used', models.PositiveSmallIntegerField(default=0)),
                ('order_ids', models.JSONField(default=list)),
                ('actor_kind', models.CharField(choices=[('user', 'User'), ('driver', 'Driver'), ('api_key', 'API key'), ('system', 'System')], max_length=10)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=160)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('success', 'Ready'), ('failed', 'Failed')], default='waiting', max_length=10)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('file', models.FileField(blank=True, upload_to='prints/%Y/%m/%d/')),
                ('size', models.PositiveIntegerField(default=0)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [
                    models.Index(fields=['expires_at'], name='print_job_by_end'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'key'), name='one_print_job_per_key', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('photo', 'Photo'), ('signature', 'Signature'), ('barcode', 'Barcode'), ('pin', 'PIN'), ('note', 'Note')], max_length=10)),
                ('stage', models.CharField(choices=[('pickup', 'Pickup'), ('delivery', 'Delivery')], max_length=8)),
                ('file', models.FileField(blank=True, max_length=120, upload_to=orders.models.proof.picture_name)),
                ('thumbnail', models.FileField(blank=True, max_length=120, upload_to=orders.models.proof.thumbnail_name)),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('size', models.PositiveIntegerField(default=0, help_text='Bytes, as stored.')),
                ('digest', models.CharField(blank=True, help_text='SHA-256 of what was sent.', max_length=64)),
                ('text', models.CharField(blank=True, help_text='The scanned code, or the note.', max_length=2000)),
                ('actor_kind', models.CharField(choices=[('user', 'User'), ('driver', 'Driver'), ('api_key', 'API key'), ('system', 'System')], max_length=10)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=160)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('attached_at', models.DateTimeField(null=True)),
                ('act', models.CharField(blank=True, max_length=20)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('driver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drivers.driver')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proofs', to='orders.order')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'indexes': [
                    models.Index(condition=models.Q(('attached_at__isnull', True)), fields=['created_at'], name='proof_never_attached'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'key'), name='one_proof_per_idempotency_key', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('photo', 'signature')), models.Q(('file', ''), _negated=True)), models.Q(('kind__in', ('photo', 'signature')), _negated=True), _connector='OR'), name='proof_picture_has_a_file'),
                    models.CheckConstraint(condition=models.Q(models.Q(('act', ''), ('attached_at__isnull', True), ('superseded_at__isnull', True)), models.Q(('attached_at__isnull', False), models.Q(('act', ''), _negated=True)), _connector='OR'), name='proof_attached_by_an_act'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cancel', 'Cancellation'), ('unassign', 'Unassignment'), ('switch', 'Driver switch'), ('reject', 'Driver refusal'), ('return', 'Return'), ('hold', 'Hold'), ('exception', 'Exception'), ('pickup_failed', 'Failed pickup'), ('delivery_failed', 'Failed delivery')], max_length=16)),
                ('label', models.CharField(max_length=120)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reasons', to='core.tenant')),
            ],
            options={
                'ordering': ['kind', 'position', 'label'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'kind', 'label'), name='reason_once_per_tenant_and_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReturnRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Requested'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('cancelled', 'Withdrawn')], default='pending', max_length=10)),
                ('reason', models.CharField(max_length=200)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('requested_by', models.CharField(max_length=160)),
                ('requested_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=160)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.CharField(blank=True, max_length=2000)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='return_requests', to='orders.order')),
                ('return_order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status', 'cancelled'), _negated=True), fields=('order',), name='one_return_request_per_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReturnSettings',
            fields=[
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='return_settings', serialize=False, to='core.tenant')),
                ('is_auto_approved', models.BooleanField(default=False, verbose_name='approve requests at once')),
                ('destination', models.CharField(choices=[('pickup', 'Where it was picked up'), ('warehouse', 'The warehouse for returns')], default='pickup', max_length=10)),
                ('service', models.ForeignKey(blank=True, help_text='The delivery service of returns. Empty: that of the delivered order.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.deliveryservice')),
                ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.warehouse', verbose_name='warehouse for returns')),
            ],
            options={
                'verbose_name_plural': 'return settings',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('destination', 'warehouse'), _negated=True), ('warehouse__isnull', False), _connector='OR'), name='return_warehouse_is_named', violation_error_message='Choose the warehouse that returns go to.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RunSequence',
            fields=[
                ('driver', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='run_sequence', serialize=False, to='drivers.driver')),
                ('order_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('version', models.PositiveIntegerField(default=0)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('queue', models.CharField(blank=True, max_length=16)),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('columns', models.JSONField(default=list)),
                ('is_default', models.BooleanField(default=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'user', 'queue', 'name'), name='view_name_once_per_user'),
                    models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('tenant', 'user', 'queue'), name='one_default_view_per_queue'),
                ],
            },
        ),
        migrations.AddField(
            model_name='ordereta',
            name='driver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='drivers.driver'),
        ),
        migrations.AddField(
            model_name='ordereta',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='order_newest'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.F('status'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='order_by_status'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.F('due_at'), models.F('id'), name='order_by_due_time'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.F('updated_at'), models.F('id'), name='order_by_change'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), django.db.models.functions.comparison.Coalesce('due_at', 'created_at'), name='order_by_day'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status__in', ('draft', 'pending', 'assigned', 'picked_up', 'in_transit'))), name='order_open_newest'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('staging_warehouse__isnull', True)), fields=['tenant', 'status', 'type'], name='order_by_kind'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('holder__isnull', False), ('status', 'cancelled')), fields=['tenant'], name='order_package_with_driver'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('open_exceptions__gt', 0)), fields=['tenant'], name='order_with_open_exception'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('tenant', 'code'), name='order_code_once_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('tenant', 'barcode'), name='order_barcode_once_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('external_reference', ''), _negated=True), fields=('tenant', 'external_reference'), name='order_reference_once_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('staging_warehouse__isnull', True), models.Q(('driver__isnull', True), ('held_by', ''), ('holder__isnull', True), ('leg', ''), ('parent__isnull', True)), _connector='OR'), name='order_parent_is_not_carried'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'void'), _negated=True), fields=('order', 'stage'), name='one_collection_per_order_and_stage'),
        ),
        migrations.AddIndex(
            model_name='ordereta',
            index=models.Index(fields=['tenant', 'dropoff_at'], name='eta_by_time'),
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
