"""Two more rights that a custom role can hold."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_what_drivers_may'),
    ]

    operations = [
        migrations.AlterField(
            model_name='customrole',
            name='permissions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('orders.view', 'See orders, their history and the live map'), ('orders.create', 'Create orders'), ('orders.edit', 'Edit orders'), ('orders.assign', 'Assign, switch and unassign drivers'), ('orders.status', 'Move orders forward: picked up, in transit, delivered'), ('orders.correct', 'Correct a status backwards or by skipping steps'), ('orders.correct_closed', 'Reopen a delivered order by correction'), ('orders.cancel', 'Cancel and reopen orders'), ('orders.return', 'Record returns'), ('orders.hold', 'Hold and release orders'), ('orders.pin', 'Read delivery PINs to receivers, and unlock them'), ('orders.cash', 'See the cash that drivers collected'), ('orders.export', 'Export order lists'), ('drivers.view', 'See drivers and their positions'), ('drivers.manage', "Set a driver's availability"), ('work.own', "Do one's own delivery work as a driver"), ('setup.manage', 'Manage zones, warehouses, services, vehicles, drivers and reasons'), ('members.manage', 'Manage users, roles, teams and API keys')], max_length=40), default=list, size=None),
        ),
    ]
