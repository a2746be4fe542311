"""A million orders in one tenant, made inside PostgreSQL: two years of work, of which the last two days are open."""

import time

from django.db import connection, transaction

ORDERS = 1_000_000
NEIGHBOUR_ORDERS = 50_000
CUSTOMERS = 5_000
DRIVERS = 1_000
ZONES = 40
SERVICES = 12
WAREHOUSES = 4
DAYS = 730

PEOPLE = """
INSERT INTO core_customer (tenant_id, name, phone, email, external_reference, is_active, created_at)
SELECT %(tenant)s,
       (ARRAY['Café','Bäckerei','Pharma','Blumen','Buchladen','Weinhaus','Metzgerei','Optik','Sport','Möbel'])
           [1 + i %% 10]
           || ' ' ||
       (ARRAY['Rheintal','Alpenblick','Sonne','Adler','Lindenhof','Marktplatz','Hirschen','Falknis'])[1 + (i / 10) %% 8]
           || ' ' || i,
       '+423 ' || 200 + i %% 800 || ' ' || lpad((i * 37 %% 100)::text, 2, '0') || ' ' || lpad((i %% 100)::text, 2, '0'),
       'shop' || i || '@example.test', '', true, now()
FROM generate_series(1, %(customers)s) AS i;

INSERT INTO drivers_driver (tenant_id, name, phone, status, is_online, licence_number, licence_class, all_zones,
                            all_teams, version)
SELECT %(tenant)s,
       (ARRAY['Rita','Urs','Lena','Marco','Ana','Jonas','Petra','Luca','Nora','Emil'])[1 + i %% 10] || ' ' ||
       (ARRAY['Frick','Beck','Marxer','Ospelt','Hasler','Büchel','Kaiser','Vogt','Nigg','Schädler'])[1 + (i / 10) %% 10]
           || ' ' || i,
       '+423 79' || lpad(i::text, 4, '0'), 'active', i %% 3 = 0, '', 'standard', true, true, 1
FROM generate_series(1, %(drivers)s) AS i;

INSERT INTO core_zone (tenant_id, name, code, colour, shape, geometry, is_active, allows_inbound, allows_outbound,
                       density, updated_at)
SELECT %(tenant)s, 'Zone ' || i, 'Z' || i, '#2456e6', 'polygon', '{"type":"Polygon","coordinates":[]}', true, true,
       true, '', now()
FROM generate_series(1, %(zones)s) AS i;

INSERT INTO core_warehouse (tenant_id, name, code, address, latitude, longitude, phone, is_default_staging, is_active)
SELECT %(tenant)s, 'Hub ' || i, 'H' || i, 'Industriering ' || i, 47.1, 9.5, '', false, true
FROM generate_series(1, %(warehouses)s) AS i;

INSERT INTO orders_deliveryservice (tenant_id, name, code, level, order_types, min_units, max_units, default_price,
                                    promise_minutes, requires_vehicle, vehicle_kinds, licence_class, requires_staging,
                                    staging_rule, is_active)
SELECT %(tenant)s, 'Service ' || i, 'S' || i, 'standard', '{}', 1, 100, 9.5, 120, false, '{}', 'standard', false,
       'chosen', true
FROM generate_series(1, %(services)s) AS i;
"""

# Some six hundred streets, as a region of a few towns has them.
STREET = """(ARRAY['Land','Dorf','Bahnhof','Rhein','Essane','Austrass','Heiligkreuz','Fürst-Franz-Josef','Städtle',
    'Aeule','Feldkircher','Post','Rebera','Loch','Schaaner','Egerta','Mittel','Meierhof','Palduin','Zollstrass','Kirch',
    'Schul','Mühle','Garten','Wiesen','Berg','Alten','Neugut','Winkel','Sägen'])[1 + {hash} %% 30] ||
    (ARRAY['strasse','gasse','weg','platz','feld','acker','wies','bündt','halde','rain','hof','matt','au','egg','graben',
    'steig','ried','gut','loch','stein'])[1 + ({hash} / 30) %% 20]"""

# Cheap repeatable randomness: a hash of the row's number and a constant for each column.
ORDERS_SQL = """
WITH made AS (
    SELECT i,
           abs(hashint4(i)) AS a, abs(hashint4(i + 7919)) AS b, abs(hashint4(i + 104729)) AS c,
           now() - make_interval(secs => (%(total)s - i) * %(spacing)s) AS created
    FROM generate_series(%(first)s, %(last)s) AS i
),
shaped AS (
    SELECT made.*,
           CASE WHEN created < now() - interval '2 days'
                THEN (ARRAY['delivered','delivered','delivered','delivered','delivered','delivered','delivered',
                            'delivered','cancelled','returned'])[1 + a %% 10]
                ELSE (ARRAY['pending','pending','assigned','assigned','picked_up','in_transit','delivered','delivered',
                            'delivered','draft'])[1 + a %% 10] END AS status
    FROM made
)
INSERT INTO orders_order (
    tenant_id, code, barcode, type, status, assignment_status, carrier_type, direction, customer_id, customer_name,
    customer_phone, service_id, pickup_address, pickup_warehouse_id, pickup_latitude, pickup_longitude, pickup_zone_id,
    pickup_contact, pickup_phone, pickup_notes, dropoff_address, dropoff_latitude, dropoff_longitude, dropoff_zone_id,
    dropoff_contact, dropoff_phone, dropoff_notes, payer, payment_method, payment_status, cod_amount, delivery_fee,
    unit_size, priority, instructions, notes, external_reference, bulk_group, due_at, driver_id, holder_id, on_hold,
    hold_reason, closing_reason, proof_missing, attempt_failed, failed_attempts, pin_tries, received_by,
    open_exceptions, leg, awaits_staging, wants_replacement, flow, return_status,
    held_by, picked_up_at, closed_at, created_at, updated_at, version
)
SELECT %(tenant)s, 'D-' || 10000 + i, lpad((10000 + i)::text, 12, '0'),
       (ARRAY['on_demand','pickup','delivery','pickup_delivery'])[1 + b %% 4], status,
       CASE status WHEN 'assigned' THEN 'assigned' WHEN 'picked_up' THEN 'accepted' WHEN 'in_transit' THEN 'accepted'
                   WHEN 'delivered' THEN 'completed' WHEN 'returned' THEN 'returned' ELSE 'none' END,
       'internal', '', customer.id, customer.name, customer.phone, %(service)s + b %% %(services)s,
       CASE WHEN c %% 3 = 0 THEN '' ELSE
           {street_a} || ' ' || 1 + b %% 240 || ', ' ||
           (ARRAY['9490 Vaduz','9494 Schaan','9495 Triesen','9496 Balzers','9492 Eschen'])[1 + c %% 5] END,
       CASE WHEN c %% 3 = 0 THEN %(warehouse)s + a %% %(warehouses)s END,
       47.05 + (a %% 2000) / 10000.0, 9.48 + (b %% 1000) / 10000.0, %(zone)s + a %% %(zones)s, '', '', '',
       {street_b} || ' ' || 1 + c %% 300 || ', ' ||
       (ARRAY['9490 Vaduz','9494 Schaan','9495 Triesen','9496 Balzers','9493 Mauren'])[1 + a %% 5],
       47.05 + (c %% 2000) / 10000.0, 9.48 + (a %% 1000) / 10000.0, %(zone)s + c %% %(zones)s,
       (ARRAY['A','B','C','D','E','F','G','H'])[1 + c %% 8] || '. ' ||
       (ARRAY['Beck','Marxer','Ospelt','Hasler','Büchel','Kaiser','Vogt','Nigg'])[1 + a %% 8],
       '+423 7' || lpad((c %% 1000000)::text, 6, '0'), '',
       CASE WHEN b %% 4 = 0 THEN 'receiver' ELSE 'sender' END, CASE WHEN b %% 4 = 0 THEN 'cod' ELSE 'account' END,
       CASE WHEN status = 'delivered' THEN 'paid' ELSE 'pending' END,
       CASE WHEN b %% 4 = 0 THEN 5 + (c %% 20000) / 100.0 ELSE 0 END, 9.5,
       1 + a %% 5, 1 + b %% 4, '', CASE WHEN a %% 20 = 0 THEN 'Ring twice, gate ' || b %% 1000 ELSE '' END,
       CASE WHEN a %% 2 = 0 THEN 'shop-' || i ELSE '' END, '',
       CASE WHEN a %% 10 <> 3 THEN created + interval '2 hours' END,
       CASE WHEN status NOT IN ('pending', 'draft', 'cancelled') THEN %(driver)s + c %% %(drivers)s END,
       CASE WHEN status IN ('picked_up', 'in_transit') THEN %(driver)s + c %% %(drivers)s END,
       status = 'pending' AND b %% 12 = 0, '', '', false, false, 0, 0, '', 0, '', false, false, '', '', '', NULL,
       CASE WHEN status IN ('delivered', 'cancelled', 'returned') THEN created + interval '90 minutes' END,
       created, created + interval '95 minutes', 1 + a %% 6
FROM shaped JOIN core_customer AS customer ON customer.id = %(customer)s + a %% %(customers)s
"""


def load(*, orders: int = ORDERS) -> int:
    """Fill an empty database; returns the id of the large tenant. Indexes are built after the rows."""
    from dispatch_console.core.models import Tenant

    if (known := Tenant.objects.filter(slug="bench").first()) is not None:
        return known.pk
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        rebuild = _drop_indexes(cursor)
        # Fifteen foreign keys of a million rows that fit by construction: checking each would take minutes.
        cursor.execute("SET LOCAL session_replication_role = replica")
        tenant = Tenant.objects.create(name="Bench", slug="bench", timezone="Europe/Vaduz", currency="CHF")
        _fill(cursor, tenant.pk, orders)
        neighbour = Tenant.objects.create(name="Neighbour", slug="bench-neighbour")
        _fill(cursor, neighbour.pk, min(NEIGHBOUR_ORDERS, orders))
        for definition in rebuild:
            cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{orders:,} orders loaded in {time.perf_counter() - started:.0f} s")
    return tenant.pk


def _fill(cursor: object, tenant_id: int, orders: int) -> None:
    sizes = {
        "customers": CUSTOMERS,
        "drivers": DRIVERS,
        "zones": ZONES,
        "warehouses": WAREHOUSES,
        "services": SERVICES,
    }
    for statement in PEOPLE.split(";\n"):
        if statement.strip():
            cursor.execute(statement, {"tenant": tenant_id, **sizes})
    first = {}
    for name, table in (
        ("customer", "core_customer"),
        ("driver", "drivers_driver"),
        ("zone", "core_zone"),
        ("warehouse", "core_warehouse"),
        ("service", "orders_deliveryservice"),
    ):
        cursor.execute(f"SELECT min(id) FROM {table} WHERE tenant_id = %s", [tenant_id])
        first[name] = cursor.fetchone()[0]
    values = {"tenant": tenant_id, "total": orders, "spacing": DAYS * 86400 / orders, **sizes, **first}
    statement = ORDERS_SQL.format(street_a=STREET.format(hash="a"), street_b=STREET.format(hash="b"))
    cursor.execute(statement, {**values, "first": 1, "last": orders})


def _drop_indexes(cursor: object) -> list[str]:
    """Drop what a million inserts would have to keep up; the statements that bring it back."""
    cursor.execute(
        "SELECT index.relname, pg_get_indexdef(index.oid) FROM pg_index "
        "JOIN pg_class AS index ON index.oid = indexrelid "
        "WHERE indrelid = 'orders_order'::regclass AND NOT indisunique"
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
