"""Companies and their people, places, rules and the event log."""

import dispatch_console.core.models.tenancy
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('external_reference', models.CharField(blank=True, max_length=80)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CustomRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('orders.view', 'See orders, their history and the live map'), ('orders.create', 'Create orders'), ('orders.edit', 'Edit orders'), ('orders.assign', 'Assign, switch and unassign drivers'), ('orders.status', 'Move orders forward: picked up, in transit, delivered'), ('orders.correct', 'Correct a status backwards or by skipping steps'), ('orders.correct_closed', 'Reopen a delivered order by correction'), ('orders.cancel', 'Cancel and reopen orders'), ('orders.stage', 'Stage packages at a warehouse'), ('orders.return', 'Record returns'), ('orders.request_return', 'Ask for the return of delivered orders'), ('orders.decide_return', 'Approve and reject requests for returns'), ('orders.hold', 'Hold and release orders'), ('orders.pin', 'Read delivery PINs to receivers, and unlock them'), ('orders.cash', 'See the cash that drivers collected'), ('orders.export', 'Export order lists'), ('orders.import', 'Import orders from files'), ('orders.exceptions', 'Raise and settle exceptions of orders'), ('groups.manage', 'Make and run waybills, trips and routes'), ('drivers.view', 'See drivers and their positions'), ('drivers.manage', "Set a driver's availability"), ('work.own', "Do one's own delivery work as a driver"), ('setup.manage', 'Manage zones, warehouses, services, vehicles, drivers and reasons'), ('members.manage', 'Manage users, roles, teams and API keys')], max_length=40), default=list, size=None)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('slug', models.SlugField(unique=True)),
                ('is_active', models.BooleanField(default=True)),
                ('timezone', models.CharField(default='UTC', max_length=64, validators=[dispatch_console.core.models.tenancy.validate_time_zone])),
                ('currency', models.CharField(default='EUR', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Use a three-letter code such as EUR.')])),
                ('order_prefix', models.CharField(blank=True, default='D-', max_length=6)),
                ('drivers_accept', models.BooleanField(default=False, verbose_name='drivers accept assignments')),
                ('offer_seconds', models.PositiveIntegerField(default=0, help_text='After that an unanswered offer goes back to the queue. 0: it waits without end.', validators=[django.core.validators.MaxValueValidator(86400)], verbose_name='seconds to answer an offer')),
                ('drivers_self_assign', models.BooleanField(default=False, help_text='They see the open orders they are eligible for.', verbose_name='drivers may take unclaimed orders')),
                ('drivers_self_unassign', models.BooleanField(default=False, verbose_name='drivers may give orders back')),
                ('undo_window_minutes', models.PositiveSmallIntegerField(default=15)),
                ('stale_position_minutes', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1)])),
                ('late_risk_minutes', models.PositiveSmallIntegerField(default=15, help_text='An open order this close to its due time counts as at risk.')),
                ('working_weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=dispatch_console.core.models.tenancy.monday_to_saturday, help_text='Monday is 1, Sunday is 7. Holidays are listed by themselves.', size=None, validators=[dispatch_console.core.models.tenancy.validate_weekdays])),
                ('map_latitude', models.FloatField(default=47.1, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('map_longitude', models.FloatField(default=9.53, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('map_zoom', models.PositiveSmallIntegerField(default=12)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('email', models.EmailField(error_messages={'unique': 'A user with this email address already exists.'}, max_length=254, unique=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['email'],
            },
            managers=[
                ('objects', dispatch_console.core.models.tenancy.EmailUserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('tenant_admin', 'Tenant admin'), ('dispatcher', 'Dispatcher'), ('observer', 'Read-only observer'), ('driver', 'Driver'), ('partner', 'Partner'), ('support', 'Support user'), ('warehouse', 'Warehouse staff'), ('custom', 'Custom role')], max_length=20)),
                ('all_teams', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=True)),
                ('custom_role', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.customrole')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='core.tenant')),
            ],
            options={
                'verbose_name': 'member',
                'ordering': ['tenant', 'user'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'user'), name='one_membership_per_user_and_tenant'),
                    models.CheckConstraint(condition=models.Q(models.Q(('custom_role__isnull', False), ('role', 'custom')), models.Q(models.Q(('role', 'custom'), _negated=True), ('custom_role__isnull', True)), _connector='OR'), name='custom_membership_names_its_role'),
                ],
            },
        ),
        migrations.CreateModel(
            name='StreamHead',
            fields=[
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='core.tenant')),
                ('number', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='customrole',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='custom_roles', to='core.tenant'),
        ),
        migrations.CreateModel(
            name='CustomerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(blank=True, max_length=80)),
                ('text', models.CharField(max_length=300, verbose_name='address')),
                ('latitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('longitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('contact_name', models.CharField(blank=True, max_length=120)),
                ('contact_phone', models.CharField(blank=True, max_length=40)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='core.customer')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'verbose_name_plural': 'customer addresses',
                'ordering': ['label', 'text'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('longitude__isnull', False)), _connector='OR'), name='address_has_both_coordinates_or_none'),
                ],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='core.tenant'),
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('value', models.BigIntegerField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'name'), name='counter_name_once_per_tenant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(editable=False, max_length=8, unique=True)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('role', models.CharField(choices=[('tenant_admin', 'Tenant admin'), ('dispatcher', 'Dispatcher'), ('observer', 'Read-only observer'), ('driver', 'Driver'), ('partner', 'Partner'), ('support', 'Support user'), ('warehouse', 'Warehouse staff'), ('custom', 'Custom role')], default='partner', max_length=20)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, help_text='For a custom role.', size=None)),
                ('is_device', models.BooleanField(default=False, editable=False)),
                ('is_active', models.BooleanField(default=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('customer', models.ForeignKey(blank=True, help_text="Limits a partner to one customer's orders.", null=True, on_delete=django.db.models.deletion.CASCADE, to='core.customer')),
                ('membership', models.ForeignKey(blank=True, help_text='Acts as this member.', null=True, on_delete=django.db.models.deletion.CASCADE, to='core.membership')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='core.tenant')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='teams', to='core.tenant')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'name'), name='team_name_once_per_tenant'),
                ],
            },
        ),
        migrations.AddField(
            model_name='membership',
            name='teams',
            field=models.ManyToManyField(blank=True, related_name='memberships', to='core.team'),
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(null=True)),
                ('stream', models.CharField(max_length=20)),
                ('object_id', models.BigIntegerField()),
                ('object_code', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=40)),
                ('actor_kind', models.CharField(choices=[('user', 'User'), ('driver', 'Driver'), ('api_key', 'API key'), ('system', 'System')], max_length=10)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(max_length=160)),
                ('source', models.CharField(choices=[('console', 'Console'), ('api', 'API'), ('driver_app', 'Driver app'), ('bulk', 'Bulk run'), ('import', 'Import'), ('waybill', 'Waybill'), ('trip', 'Trip'), ('session', 'Route session'), ('task', 'Background task'), ('system', 'System')], max_length=12)),
                ('source_id', models.CharField(blank=True, max_length=60)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('data', models.JSONField(default=dict)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.team')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [
                    models.Index(condition=models.Q(('number__isnull', True)), fields=['id'], name='event_waiting_for_number'),
                    models.Index(fields=['tenant', 'actor_kind', 'actor_id', '-id'], name='event_by_actor'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('stream', 'object_id', 'version'), name='one_event_per_object_version'),
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('tenant', 'actor_kind', 'actor_id', 'key'), name='one_event_per_idempotency_key', nulls_distinct=False),
                    models.UniqueConstraint(condition=models.Q(('number__isnull', False)), fields=('tenant', 'number'), name='one_event_per_number'),
                ],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Empty: all teams.', null=True, on_delete=django.db.models.deletion.PROTECT, to='core.team'),
        ),
        migrations.CreateModel(
            name='UserSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-last_seen_at'],
            },
        ),
        migrations.CreateModel(
            name='Warehouse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('code', models.CharField(max_length=20)),
                ('address', models.CharField(max_length=300)),
                ('latitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)])),
                ('longitude', models.FloatField(validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)])),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('is_default_staging', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='warehouses', to='core.tenant')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'code'), name='warehouse_code_once_per_tenant'),
                    models.UniqueConstraint(condition=models.Q(('is_default_staging', True)), fields=('tenant',), name='one_default_staging_warehouse'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Zone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=20)),
                ('colour', models.CharField(default='#2456e6', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Use a colour like #2456e6.')])),
                ('shape', models.CharField(choices=[('polygon', 'Polygon'), ('circle', 'Circle'), ('rectangle', 'Rectangle')], default='polygon', max_length=10)),
                ('geometry', models.JSONField()),
                ('centre_latitude', models.FloatField(blank=True, null=True)),
                ('centre_longitude', models.FloatField(blank=True, null=True)),
                ('radius_metres', models.FloatField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('allows_inbound', models.BooleanField(default=True, help_text='Deliveries may end here.')),
                ('allows_outbound', models.BooleanField(default=True, help_text='Deliveries may start here.')),
                ('density', models.CharField(blank=True, choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], max_length=6)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('hub_warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='hub_of_zones', to='core.warehouse')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='zones', to='core.tenant')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(fields=('tenant', 'code'), name='zone_code_once_per_tenant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=80)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='core.tenant')),
            ],
            options={
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'day'), name='one_holiday_per_day')],
            },
        ),
        migrations.AddConstraint(
            model_name='customrole',
            constraint=models.UniqueConstraint(fields=('tenant', 'name'), name='custom_role_name_once_per_tenant'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['tenant', 'name'], name='customer_by_name'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('external_reference', ''), _negated=True), fields=('tenant', 'external_reference'), name='customer_reference_once_per_tenant'),
        ),
    ]
