"""Time limits of offers, self-assignment, and keys that are made by a driver's sign-in."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_members_are_called_members'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='is_device',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='tenant',
            name='drivers_self_assign',
            field=models.BooleanField(default=False, help_text='They see the open orders they are eligible for.', verbose_name='drivers may take unclaimed orders'),
        ),
        migrations.AddField(
            model_name='tenant',
            name='drivers_self_unassign',
            field=models.BooleanField(default=False, verbose_name='drivers may give orders back'),
        ),
        migrations.AddField(
            model_name='tenant',
            name='offer_seconds',
            field=models.PositiveIntegerField(default=0, help_text='After that an unanswered offer goes back to the queue. 0: it waits without end.', validators=[django.core.validators.MaxValueValidator(86400)], verbose_name='seconds to answer an offer'),
        ),
    ]
