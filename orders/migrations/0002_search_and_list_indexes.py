"""Search forgives separators in codes and phone numbers; lists by day, due time and change, and counts, get indexes."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Coalesce, Concat, Lower

import orders.models.order


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RemoveIndex("order", "order_search"),
        migrations.RemoveIndex("order", "order_open"),
        # The expression of a generated column cannot be altered.
        migrations.RemoveField("order", "search_text"),
        migrations.AddField(
            "order",
            "search_text",
            models.GeneratedField(
                db_persist=True,
                expression=Lower(
                    Concat(
                        models.Value(" "),
                        "code",
                        models.Value(" "),
                        "barcode",
                        models.Value(" "),
                        "external_reference",
                        models.Value(" "),
                        "customer_name",
                        models.Value(" "),
                        "customer_phone",
                        models.Value(" "),
                        "dropoff_contact",
                        models.Value(" "),
                        "dropoff_phone",
                        models.Value(" "),
                        "pickup_address",
                        models.Value(" "),
                        "dropoff_address",
                        models.Value(" "),
                        orders.models.order.WithoutSeparators(
                            Concat(
                                "code",
                                models.Value("|"),
                                "barcode",
                                models.Value("|"),
                                "customer_phone",
                                models.Value("|"),
                                "dropoff_phone",
                            )
                        ),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex("order", GinIndex(OpClass(models.F("search_text"), name="gin_trgm_ops"), name="order_search")),
        migrations.AddIndex("order", models.Index("tenant", models.F("due_at"), models.F("id"), name="order_by_due_time")),
        migrations.AddIndex("order", models.Index("tenant", models.F("updated_at"), models.F("id"), name="order_by_change")),
        migrations.AddIndex("order", models.Index(models.F("tenant"), Coalesce("due_at", "created_at"), name="order_by_day")),
        migrations.AddIndex("order", models.Index(fields=["tenant", "status", "type"], name="order_by_kind")),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["tenant"],
                condition=models.Q(status="cancelled", holder__isnull=False),
                name="order_package_with_driver",
            ),
        ),
    ]
