"""What shows that a package changed hands, tries that failed, and the cash that drivers collect with its ledger."""

import django.db.models.deletion
import django.db.models.expressions
import orders.models.proof
import uuid
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

    dependencies = [
        ('core', '0006_rights_to_pins_and_cash'),
        ('drivers', '0004_devices_and_shifts'),
        ('orders', '0005_device_acts_and_offer_expiry'),
    ]

    operations = [
        migrations.AddField(
            model_name='fulfilmentpolicy',
            name='delivery_barcode',
            field=models.BooleanField(default=False, verbose_name='delivery barcode scan'),
        ),
        migrations.AddField(
            model_name='fulfilmentpolicy',
            name='delivery_pin',
            field=models.BooleanField(default=False, verbose_name='delivery PIN'),
        ),
        migrations.AddField(
            model_name='fulfilmentpolicy',
            name='pickup_barcode',
            field=models.BooleanField(default=False, verbose_name='pickup barcode scan'),
        ),
        migrations.AddField(
            model_name='order',
            name='arrived_dropoff_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='arrived_pickup_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='attempt_failed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='order',
            name='failed_attempts',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='pin_tries',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='received_by',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='order',
            name='payment_method',
            field=models.CharField(choices=[('wallet', 'Wallet'), ('cod', 'Cash on delivery'), ('cash', 'Cash for the fee'), ('card', 'Card'), ('account', 'Account'), ('prepaid', 'Prepaid')], max_length=10),
        ),
        migrations.AlterField(
            model_name='reason',
            name='kind',
            field=models.CharField(choices=[('cancel', 'Cancellation'), ('unassign', 'Unassignment'), ('switch', 'Driver switch'), ('reject', 'Driver refusal'), ('return', 'Return'), ('hold', 'Hold'), ('pickup_failed', 'Failed pickup'), ('delivery_failed', 'Failed delivery')], max_length=16),
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
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='orders.order')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['id'],
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
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='orders.order')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'ordering': ['-collected_at', '-id'],
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
            },
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(fields=['tenant', '-collected_at', '-id'], name='collection_newest'),
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(condition=models.Q(('status', 'collected')), fields=['driver'], name='collection_with_driver'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'void'), _negated=True), fields=('order', 'stage'), name='one_collection_per_order_and_stage'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(models.F('goods'), '+', models.F('fee')))), name='collection_amount_is_its_parts'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('due__gt', 0), ('fee__gte', 0), ('goods__gte', 0)), name='collection_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('amount', models.F('due')), models.Q(('difference_reason', ''), _negated=True), _connector='OR'), name='collection_difference_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('remitted_at__isnull', True), ('settled_at__isnull', True), ('status', 'collected'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', False), ('settled_at__isnull', True), ('status', 'remitted'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', True), ('settled_at__isnull', False), ('status', 'settled_by_wallet'), ('voided_at__isnull', True)), models.Q(('remitted_at__isnull', True), ('settled_at__isnull', True), ('status', 'void'), ('voided_at__isnull', False)), _connector='OR'), name='collection_status_and_times'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['driver', 'account', 'id'], name='ledger_of_driver'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('tenant', 'cause'), name='one_ledger_entry_per_cause'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_entry_moves_something'),
        ),
        migrations.AddIndex(
            model_name='proof',
            index=models.Index(condition=models.Q(('attached_at__isnull', True)), fields=['created_at'], name='proof_never_attached'),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'key'), name='one_proof_per_idempotency_key', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('photo', 'signature')), models.Q(('file', ''), _negated=True)), models.Q(('kind__in', ('photo', 'signature')), _negated=True), _connector='OR'), name='proof_picture_has_a_file'),
        ),
        migrations.AddConstraint(
            model_name='proof',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('act', ''), ('attached_at__isnull', True), ('superseded_at__isnull', True)), models.Q(('attached_at__isnull', False), models.Q(('act', ''), _negated=True)), _connector='OR'), name='proof_attached_by_an_act'),
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
