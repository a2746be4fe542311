"""Proof of hand-overs of waybills: pictures by driver and hub, who may use and see them, and what the detail tells."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from dispatch_console.core import clock
from dispatch_console.core.permissions import RoleKind
from orders import evidence, pictures
from routes.commands import waybill_ends, waybill_members, waybill_steps
from routes.models import WaybillProof
from tests.factories import (
    make_actor,
    make_driver,
    make_member,
    make_order,
    make_picture,
    make_team,
    make_tenant,
    make_user,
    make_vehicle,
    make_waybill,
    make_waybill_proof,
)
from tests.orders.api import PREFIX, Api, refusal

pytestmark = pytest.mark.django_db


class Door:
    """A company with a hub that hands a sealed waybill to a driver, and both of their ways to the API."""

    def __init__(self, *, orders: int = 2, carrier: str = "internal") -> None:
        self.tenant = make_tenant()
        self.maria = make_actor(self.tenant, label="Maria")
        self.hub = Api(self.tenant)
        self.lea, self.phone = self.person("Lea Beck")
        own = {"driver_id": self.lea.pk} if carrier == "internal" else {}
        self.codes = [make_order(self.tenant, carrier_type=carrier).code for _ in range(orders)]
        self.waybill = make_waybill(self.tenant, carrier_type=carrier, **own)
        self.label = self.waybill.label
        waybill_members.add(self.label, self.codes, actor=self.maria)
        waybill_steps.seal(self.label, actor=self.maria)

    def person(self, name: str):
        user = make_user()
        driver = make_driver(self.tenant, name=name, user=user, primary_vehicle=make_vehicle(self.tenant))
        return driver, Api(self.tenant, membership=make_member(self.tenant, RoleKind.DRIVER, user=user))

    def at(self, api: Api, rest: str = "") -> str:
        own = "" if api is self.hub else "driver/"
        return f"{own}waybills/{self.label}/{rest}"

    def send(self, api: Api, data: bytes | None = None, *, kind="photo", stage="pickup", key="", **fields):
        file = BytesIO(make_picture() if data is None else data)
        file.name = "IMG_0001.jpg"
        headers = {"Idempotency-Key": key} if key else {}
        body = {"kind": kind, "stage": stage, "file": file, **fields}
        return api.client.post(PREFIX + self.at(api, "proofs/"), body, headers=headers)

    def picture(self, api: Api, **more) -> str:
        sent = self.send(api, **more)
        assert sent.status_code == 201, sent.content
        return sent.json()["id"]

    def act(self, api: Api, name: str, **content):
        key = content.pop("key", "")
        return api.post(self.at(api, f"{name}/"), content, **({"idempotency_key": key} if key else {}))

    def done(self, api: Api, name: str, **content):
        answer = self.act(api, name, **content)
        assert answer.status_code == 200, answer.content
        return answer.json()

    @property
    def detail(self):
        return self.hub.get(f"waybills/{self.label}/").json()


def test_a_driver_proves_the_pick_up_and_the_receipt_with_pictures_and_names():
    door = Door()
    taken = [door.picture(door.phone), door.picture(door.phone, kind="signature")]
    door.done(door.phone, "pick-up", handed_over_by="R. Frick", proof_ids=taken)
    door.done(door.phone, "depart")
    photo = door.picture(door.phone, stage="delivery")
    door.done(door.phone, "receive", codes=door.codes[:1], received_by="B. Marxer", note="At ramp 2", proof_ids=[photo])
    # The rest comes later, into other hands; the hub says so.
    late = door.picture(door.hub, stage="delivery")
    door.done(door.hub, "receive", received_by="S. Vogt", proof_ids=[late])

    first, second, third = door.detail["hand_overs"]
    assert (first["act"], first["stage"], first["name"], first["by"]) == ("pick-up", "pickup", "R. Frick", "Lea Beck")
    assert [(each["id"], each["kind"]) for each in first["proofs"]] == list(
        zip(taken, ("photo", "signature"), strict=True)
    )
    assert (second["name"], second["note"], second["codes"]) == ("B. Marxer", "At ramp 2", door.codes[:1])
    assert [each["id"] for each in second["proofs"]] == [photo]
    assert (third["name"], third["codes"]) == ("S. Vogt", door.codes[1:])
    assert [each["id"] for each in third["proofs"]] == [late]
    assert (door.detail["handed_over_by"], door.detail["received_by"]) == ("R. Frick", "S. Vogt")


def test_another_carriers_waybill_is_proven_by_the_dispatcher():
    door = Door(carrier="external")
    gone, come = door.picture(door.hub), door.picture(door.hub, stage="delivery")
    door.done(door.hub, "dispatch", handed_over_by="R. Frick", proof_ids=[gone])
    door.done(door.hub, "receive", proof_ids=[come])
    found = [
        (each["act"], each["name"], [proof["id"] for proof in each["proofs"]]) for each in door.detail["hand_overs"]
    ]
    assert found == [("dispatch", "R. Frick", [gone]), ("receive", "", [come])]


def test_a_hand_over_sent_again_after_a_lost_answer_happens_once():
    door = Door()
    mine, data = str(uuid4()), make_picture()
    first, again = (door.send(door.phone, data, id=mine) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    refusal(door.send(door.phone, make_picture((9, 9)), id=mine), 422)
    for _ in range(2):
        answer = door.act(door.phone, "pick-up", proof_ids=[mine], key="k-1")
        assert answer.status_code == 200
    assert answer["Idempotent-Replay"] == "true"
    refusal(door.act(door.phone, "pick-up", proof_ids=[], key="k-1"), 422)
    assert [len(each["proofs"]) for each in door.detail["hand_overs"]] == [1]


def test_a_picture_proves_one_act_of_its_own_waybill_stage_and_driver():
    door, beside = Door(), Door()
    photo, other_stage = door.picture(door.phone), door.picture(door.phone, stage="delivery")
    for wrong in (str(uuid4()), beside.picture(beside.phone), door.picture(door.hub)):
        refusal(door.act(door.phone, "pick-up", proof_ids=[wrong]), 400, "proof_unknown")
    refusal(door.act(door.phone, "pick-up", proof_ids=[other_stage]), 400, "invalid")
    refusal(door.act(door.phone, "pick-up", proof_ids=["no-uuid"]), 400, "invalid")
    refusal(door.act(door.phone, "pick-up", proof_ids=[str(uuid4()) for _ in range(13)]), 400, "invalid")
    refusal(door.act(door.phone, "depart", proof_ids=[photo]), 400, "unknown_field")
    assert door.detail["status"] == "sealed"
    door.done(door.phone, "pick-up", proof_ids=[photo])
    door.done(door.phone, "depart")
    at_the_end = door.picture(door.phone, stage="delivery")
    door.done(door.phone, "receive", codes=door.codes[:1], proof_ids=[at_the_end])
    refusal(door.act(door.phone, "receive", proof_ids=[at_the_end]), 409, "proof_used")
    assert door.detail["carried"] == 1


def test_what_is_no_picture_or_too_large_is_refused():
    door = Door()
    refusal(door.send(door.phone, b"<svg/>"), 400, "not_an_image")
    refusal(door.send(door.hub, make_picture(file_format="GIF")), 400, "not_an_image")
    refusal(door.send(door.phone, b"\xff" * (8 * pictures.MEGABYTE + 1)), 413, "too_large")
    refusal(door.send(door.phone, b"\xff" * (600 * 1024), kind="signature"), 413, "too_large")
    refusal(door.send(door.phone, kind="barcode"), 400, "invalid")
    refusal(door.phone.post(door.at(door.phone, "proofs/"), {}), 415)
    assert not WaybillProof.objects.exists()


def test_another_drivers_waybill_is_not_there_and_a_switched_one_is_no_longer():
    door = Door()
    ben, other = door.person("Ben Vogt")
    photo = door.picture(door.phone)
    refusal(door.send(other), 404)
    refusal(other.get(f"driver/waybills/{door.label}/proofs/{photo}/file/"), 404)
    waybill_steps.switch(door.label, driver_id=ben.pk, actor=door.maria)
    refusal(door.send(door.phone), 404)
    # What the first driver took is not the second one's to use or to see.
    refusal(door.act(other, "pick-up", proof_ids=[photo]), 400, "proof_unknown")
    refusal(other.get(f"driver/waybills/{door.label}/proofs/{photo}/file/"), 404)
    door.done(other, "pick-up", proof_ids=[door.picture(other)])


def test_pictures_are_served_inert_to_whoever_sees_the_waybill():
    door = Door()
    photo = door.picture(door.phone)
    address = f"waybills/{door.label}/proofs/{photo}"
    answer = door.hub.get(f"{address}/file/")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{door.label}-pickup-photo.jpg"'
    assert Image.open(BytesIO(b"".join(answer.streaming_content))).format == "JPEG"
    assert door.phone.get(f"driver/{address}/thumbnail/").status_code == 200
    assert Api(door.tenant, RoleKind.OBSERVER).get(f"{address}/file/").status_code == 200
    refusal(door.hub.get(f"{address}/passwd/"), 400)
    beside = make_waybill(door.tenant)
    refusal(door.hub.get(f"waybills/{beside.label}/proofs/{photo}/file/"), 404)
    refusal(Api(make_tenant()).get(f"{address}/file/"), 404)
    refusal(Client().get(f"{PREFIX}{address}/file/"), 401)
    in_south = make_member(door.tenant, RoleKind.DISPATCHER, teams=[make_team(door.tenant, name="South")])
    in_north = make_waybill(door.tenant)
    in_north.team = make_team(door.tenant, name="North")
    in_north.save(update_fields=["team"])
    hidden = make_waybill_proof(in_north)
    stranger = Client()
    stranger.force_login(in_south.user)
    refusal(stranger.get(f"{PREFIX}waybills/{in_north.label}/proofs/{hidden.pk}/file/"), 404)


def test_pictures_that_no_act_named_are_pruned_and_an_act_that_comes_later_says_so():
    door = Door()
    used, unused = door.picture(door.phone), door.picture(door.phone, stage="delivery")
    door.done(door.phone, "pick-up", proof_ids=[used])
    door.done(door.phone, "depart")
    name = WaybillProof.objects.get(pk=unused).file.name
    with clock.at(clock.now() + timedelta(days=4)):
        assert evidence.prune() == 1
    assert not default_storage.exists(name)
    assert [str(proof.pk) for proof in WaybillProof.objects.all()] == [used]
    refusal(door.act(door.phone, "receive", proof_ids=[unused]), 400, "proof_unknown")


def test_the_return_history_names_the_orders_when_by_whom_and_why():
    door = Door(orders=4)
    for act in ("pick-up", "depart"):
        door.done(door.hub, act)
    back, come, lost = door.codes[:1], door.codes[1:2], door.codes[2:]
    waybill_ends.give_back(door.label, codes=back, reason="Hub closed", note="Nobody at the ramp", actor=door.maria)
    door.done(door.hub, "receive", codes=come)
    waybill_ends.let_go(door.label, codes=lost, reason="Lost on the way", actor=door.maria)
    returned, released = door.detail["returns"]
    assert (returned["outcome"], returned["codes"], returned["reason"]) == ("returned", back, "Hub closed")
    assert (returned["note"], returned["by"]) == ("Nobody at the ramp", "Maria")
    assert (released["outcome"], released["codes"], released["reason"]) == ("released", lost, "Lost on the way")
    assert returned["at"] <= released["at"]


def test_the_detail_costs_the_same_however_many_hand_overs_and_pictures_it_has():
    door = Door(orders=4)
    door.done(door.hub, "pick-up", proof_ids=[door.picture(door.hub)])
    door.done(door.hub, "depart")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert door.hub.get(f"waybills/{door.label}/").status_code == 200
        return len(found)

    queries()
    before = queries()
    for code in door.codes[:3]:
        taken = [door.picture(door.hub, stage="delivery") for _ in range(3)]
        door.done(door.hub, "receive", codes=[code], proof_ids=taken)
    assert len(door.detail["hand_overs"]) == 4
    assert queries() == before


def test_the_page_shows_who_handed_over_and_received_with_pictures_and_what_came_back():
    door = Door()
    client = Client()
    client.force_login(make_member(door.tenant).user)
    page = f"/console/waybills/{door.label}/"

    def shown() -> str:
        return client.get(page).content.decode()

    assert "when it is picked up, and when it is received" in shown()
    assert "No order was returned" not in shown()
    taken = door.picture(door.phone, kind="signature")
    door.done(door.phone, "pick-up", handed_over_by="R. Frick <b>", proof_ids=[taken])
    door.done(door.phone, "depart")
    assert "No order was returned or let go." in shown()
    unused = door.picture(door.phone, stage="delivery")
    waybill_ends.give_back(door.label, codes=door.codes[:1], reason="Hub closed", actor=door.maria)
    found = shown()
    assert f"/api/v1/waybills/{door.label}/proofs/{taken}/thumbnail/" in found
    assert "Signature of the pick-up, by Lea Beck: show it larger" in found
    assert "Handed over by <b>R. Frick &lt;b&gt;</b>" in found
    assert "recorded by Lea Beck" in found
    assert unused not in found
    assert "Hub closed" in found
    # The dialogs ask for pictures and a name where packages change hands, and nowhere else.
    dialog = client.get(f"{page}acts/receive/").content.decode()
    assert f'data-upload="/api/v1/waybills/{door.label}/proofs/" data-stage="delivery"' in dialog
    assert "data-pictures" not in client.get(f"{page}acts/return/").content.decode()
