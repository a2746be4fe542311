"""Example bodies for the API document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

CREATE = OpenApiExample(
    "An express delivery, cash on delivery",
    request_only=True,
    value={
        "type": "on_demand",
        "customer_id": 12,
        "service_id": 3,
        "pickup_warehouse_id": 1,
        "dropoff_address": "Landstrasse 98, 9495 Triesen",
        "dropoff_latitude": 47.108,
        "dropoff_longitude": 9.528,
        "dropoff_contact": "A. Beck",
        "dropoff_phone": "+423 232 00 01",
        "payer": "receiver",
        "payment_method": "cod",
        "cod_amount": "48.20",
        "unit_size": 2,
        "items": [{"name": "Box of wine", "quantity": 2, "weight": "8.5"}],
        "external_reference": "shop-20177",
    },
)
EDIT = OpenApiExample(
    "Another receiver's phone",
    request_only=True,
    value={"dropoff_phone": "+423 232 00 02", "version": 3},
)
ACTIONS: dict[str, dict[str, Any]] = {
    "assign": {"driver_id": 7, "version": 3},
    "switch": {"driver_id": 8, "reason": "Vehicle fault", "version": 4},
    "unassign": {"reason": "Driver is delayed", "version": 4},
    "accept": {},
    "reject": {"reason": "Too far away"},
    "self-assign": {},
    "self-unassign": {"reason": "Vehicle fault"},
    "confirm": {"version": 1},
    "arrive": {"stage": "delivery"},
    "pick-up": {"note": "Two boxes"},
    "depart": {},
    "deliver": {
        "proof_ids": ["0b5c7e52-6f0e-4d0b-9a53-5f3f4f0a7c11"],
        "pin": "4711",
        "recipient": "A. Beck",
        "collected": "57.70",
        "version": 6,
    },
    "fail-attempt": {"reason": "Nobody at home", "note": "Rang twice, left a card"},
    "try-again": {"note": "The receiver is home from 17:00"},
    "withdraw-attempt": {"note": "Wrong door"},
    "add-proof": {"stage": "delivery", "proof_ids": ["0b5c7e52-6f0e-4d0b-9a53-5f3f4f0a7c11"]},
    "unlock-pin": {"note": "The receiver was asked by phone"},
    "status": {"target": "picked_up", "version": 4},
    "correct": {"target": "picked_up", "note": "Marked as delivered by mistake"},
    "return": {"reason": "Receiver refused"},
    "hold": {"reason": "Waiting for the customer"},
    "stage": {"driver_id": 7, "note": "Shelf 12", "version": 3},
    "release": {},
    "reschedule": {"reason": "Nobody at home", "version": 5},
    "cancel": {"reason": "Cancelled by the customer", "version": 4},
    "reopen": {"driver_id": 7},
    "request-return": {"reason": "Does not fit", "note": "Unopened"},
    "approve-return": {"note": "Within fourteen days"},
    "reject-return": {"reason": "Opened and used"},
    "withdraw-return": {"note": "The customer keeps it"},
    "raise-exception": {"reason": "Damage", "note": "The box is open at one corner"},
    "settle-exception": {"exception_id": 31, "status": "resolved", "resolution": "redelivered", "note": "New box sent"},
    "note": {"note": "The bell does not work: call from the gate"},
}


def action_example(name: str) -> OpenApiExample:
    return OpenApiExample("Example", request_only=True, value=ACTIONS[name])


STALE = OpenApiExample(
    "Somebody was faster",
    response_only=True,
    status_codes=["412"],
    value={
        "error": {
            "code": "stale_version",
            "message": "Order D-10482 was changed by Rita Frick since you opened it. "
            "Look at the change and apply yours again.",
            "details": {
                "version": 4,
                "your_version": 3,
                "changes": [
                    {
                        "version": 4,
                        "kind": "order.assigned",
                        "actor": "Rita Frick",
                        "occurred_at": "2026-11-22T09:14:03.120Z",
                        "changes": [{"field": "driver", "before": None, "after": 7}],
                    }
                ],
            },
            "request_id": "5f2c8d7e9b3a4f61",
        }
    },
)
REFUSED = OpenApiExample(
    "Not possible now",
    response_only=True,
    status_codes=["409"],
    value={
        "error": {
            "code": "status_locked",
            "message": "Order D-10482 is already delivered and cannot be cancelled. Ask for a return instead.",
            "details": {"status": "delivered", "version": 9},
            "request_id": "5f2c8d7e9b3a4f61",
        }
    },
)

FEED = OpenApiExample(
    "A waybill is sealed, and its order follows",
    response_only=True,
    value={
        "results": [
            {
                "id": 90412,
                "number": 4712,
                "stream": "waybill",
                "kind": "waybill.sealed",
                "code": "WB00012",
                "version": 4,
                "actor": "Maria Keller",
                "actor_kind": "user",
                "source": "console",
                "source_id": "",
                "reason": "",
                "note": "",
                "occurred_at": "2026-11-22T09:15:30Z",
                "changes": [{"field": "status", "before": "drafted", "after": "sealed"}],
                "names": {},
                "undoes": None,
            },
            {
                "id": 90413,
                "number": 4713,
                "stream": "order",
                "kind": "order.assigned",
                "code": "D-10482",
                "version": 3,
                "actor": "Maria Keller",
                "actor_kind": "user",
                "source": "waybill",
                "source_id": "WB00012",
                "reason": "",
                "note": "",
                "occurred_at": "2026-11-22T09:15:30Z",
                "changes": [{"field": "status", "before": "pending", "after": "assigned"}],
                "names": {},
                "undoes": None,
            },
        ],
        "last": 4713,
        "head": 4713,
    },
)
