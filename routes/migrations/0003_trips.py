"""Trips and their stops in sequence."""

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_rights_to_pins_and_cash"),
        ("drivers", "0005_trackers"),
        ("orders", "0008_offers_in_waves"),
        ("routes", "0002_waves"),
    ]

    operations = [
        migrations.CreateModel(
            name="Trip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=24)),
                ("notes", models.CharField(blank=True, max_length=2000)),
                ("created_by", models.CharField(blank=True, max_length=160)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("number", models.PositiveIntegerField()),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("multi_pickup", "Multi pickup"),
                            ("multi_dropoff", "Multi dropoff"),
                            ("mixed", "Mixed"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planned",
                        max_length=12,
                    ),
                ),
                ("order_count", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "driver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trips",
                        to="drivers.driver",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.team",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.tenant"),
                ),
                (
                    "vehicle",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="drivers.vehicle"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="TripStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("pickup", "Pickup"), ("dropoff", "Dropoff")], max_length=8)),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "order",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.order"),
                ),
                (
                    "trip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stops", to="routes.trip"
                    ),
                ),
            ],
            options={
                "ordering": ["trip", "place"],
            },
        ),
        migrations.AddIndex(
            model_name="trip",
            index=models.Index(
                models.F("tenant"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="trip_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="trip",
            index=models.Index(
                models.F("tenant"),
                models.F("status"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="trip_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="trip",
            index=models.Index(fields=["driver", "status"], name="trip_of_driver"),
        ),
        migrations.AddConstraint(
            model_name="trip",
            constraint=models.UniqueConstraint(fields=("tenant", "label"), name="trip_label_once_per_tenant"),
        ),
        migrations.AddConstraint(
            model_name="tripstop",
            constraint=models.UniqueConstraint(fields=("trip", "order", "kind"), name="trip_stop_once"),
        ),
        migrations.AddConstraint(
            model_name="tripstop",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("trip", "place"),
                name="trip_place_once",
            ),
        ),
    ]
