"""Pages of open work are read newest first from an index of open work alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_members_are_called_members'),
        ('drivers', '0002_driver_version_and_one_sample_per_time'),
        ('orders', '0002_search_and_list_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('tenant'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('status__in', ('draft', 'pending', 'assigned', 'picked_up', 'in_transit', 'staged'))), name='order_open_newest'),
        ),
    ]
