"""Pictures: what is accepted, what is kept of it, who may fetch it; and acts that need proof."""

import json
import struct
import zlib
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from dispatch_console.core import clock
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from orders import commands, evidence, pictures, proofs
from orders.actions import AddProof, Correct, Deliver, FailAttempt, PickUp
from orders.actions.pin import MOST_TRIES, pin_of
from orders.models import Order, Proof
from orders.states import ProofKind, Stage, Status
from tests import factories
from tests.orders.api import PREFIX, refusal

pytestmark = pytest.mark.django_db


class Door:
    """A tenant whose service asks for the given proof, with one order under way and its driver."""

    def __init__(self, status=Status.PICKED_UP, **policy):
        self.tenant = factories.make_tenant()
        self.driver = factories.make_driver(self.tenant, user=factories.make_user())
        service = factories.make_service(self.tenant, policy=factories.make_policy(self.tenant, **policy))
        order = factories.make_order(
            self.tenant, status=Status.ASSIGNED, driver=self.driver, service_id=service.pk, barcode="4711"
        )
        self.code = order.code
        self.dispatcher = factories.make_actor(self.tenant)
        self.driving = factories.make_driver_actor(self.driver)
        if status != Status.ASSIGNED:
            self.act(PickUp(note="Seen"), self.dispatcher)
        _, self.secret = factories.make_key(
            self.tenant,
            RoleKind.DRIVER,
            membership=factories.make_member(self.tenant, RoleKind.DRIVER, user=self.driver.user),
        )
        self.phone = Client(headers={"Authorization": f"Bearer {self.secret}"})

    @property
    def order(self):
        return Order.objects.get(code=self.code, tenant=self.tenant)

    def act(self, action, actor=None, **more):
        return commands.perform(action, code=self.code, actor=actor or self.driving, **more)

    def picture(self, *, kind=ProofKind.PHOTO, stage=Stage.DELIVERY, actor=None, data=None, **more):
        data = data or factories.make_picture()
        proof, _ = proofs.upload(self.order, actor or self.driving, kind=kind, stage=stage, data=data, **more)
        return str(proof.pk)

    def send(self, data, *, kind="photo", stage="delivery", key="", client=None, address="driver/orders", **fields):
        file = BytesIO(data)
        file.name = "IMG_0001.jpg"
        return (client or self.phone).post(
            f"{PREFIX}{address}/{self.code}/proofs/",
            {"kind": kind, "stage": stage, "file": file, **fields},
            headers={"Idempotency-Key": key} if key else {},
        )


def refused(call, code):
    with pytest.raises((Refused, Invalid)) as caught:
        call()
    assert caught.value.code == code, caught.value.message
    return caught.value


# What is accepted as a picture


def png_header(width, height):
    """The beginning of a PNG that says it is this large."""
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + ihdr
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = b"IDAT" + zlib.compress(b"\x00" * 64)
    return head + struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WRONG = {
    "text": b"this is no picture",
    "an SVG with a script": SVG,
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "a GIF": factories.make_picture(file_format="GIF"),
    "a truncated JPEG": factories.make_picture((400, 300))[:600],
    "a header alone": factories.make_picture()[:12],
    "a bomb of 60,000 × 60,000 pixels": png_header(60_000, 60_000),
    "a ZIP": b"PK\x03\x04" + bytes(64),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_a_picture_is_refused_by_its_content(name):
    door = Door()
    answer = refusal(door.send(WRONG[name]), 400, "not_an_image")
    assert "JPEG, PNG or WebP" in answer["message"]
    assert not Proof.objects.exists()


def test_uploads_that_make_no_sense_are_refused_clearly():
    door = Door()
    refusal(door.send(b"\xff" * (8 * pictures.MEGABYTE + 1)), 413, "too_large")
    refusal(door.send(b"\xff" * 9 * pictures.MEGABYTE), 413, "too_large")
    refusal(door.send(b"\xff" * (600 * 1024), kind="signature"), 413, "too_large")
    refusal(door.send(factories.make_picture(), kind="barcode"), 400, "invalid")
    refusal(door.send(factories.make_picture(), stage="somewhere"), 400, "invalid")
    refusal(door.send(b""), 400, "invalid")
    refusal(door.send(factories.make_picture(), id="no-uuid"), 400, "invalid")
    refusal(door.send(factories.make_picture(), surprise="1"), 400, "unknown_field")
    address = f"{PREFIX}driver/orders/{door.code}/proofs/"
    refusal(door.phone.post(address, json.dumps({}), content_type="application/json"), 415)
    refusal(door.phone.post(address, b"--broken", content_type="multipart/form-data"), 400, "malformed")
    assert not Proof.objects.exists()


def test_what_is_kept_of_a_photo_is_upright_small_and_says_nothing_of_its_place():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = "secret"
    exif.get_ifd(0x8825)[1] = "N"
    door = Door()
    answer = door.send(factories.make_picture((3000, 1500), exif=exif))
    assert answer.status_code == 201, answer.content
    proof = Proof.objects.get()
    with default_storage.open(proof.file.name) as stored, Image.open(stored) as image:
        assert (image.format, image.size) == ("JPEG", (1024, 2048))
        assert not image.getexif()
    assert (answer.json()["width"], answer.json()["height"]) == (1024, 2048)
    assert b"secret" not in default_storage.open(proof.file.name).read()
    with default_storage.open(proof.thumbnail.name) as stored, Image.open(stored) as image:
        assert max(image.size) == 320
    assert "IMG_0001" not in proof.file.name
    assert door.code not in proof.file.name


@pytest.mark.parametrize(("mode", "file_format"), [("RGBA", "PNG"), ("P", "PNG"), ("RGBA", "WEBP"), ("CMYK", "JPEG")])
def test_pictures_of_every_kind_phones_make_are_understood(mode, file_format):
    out = BytesIO()
    Image.new(mode, (20, 10)).save(out, file_format)
    kept = pictures.clean(out.getvalue(), ProofKind.SIGNATURE)
    assert Image.open(BytesIO(kept.content)).format == "PNG"


def test_a_repeated_upload_is_one_picture():
    door = Door()
    mine, data = str(uuid4()), factories.make_picture()
    first, again = door.send(data, id=mine), door.send(data, id=mine)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] == mine
    assert again.headers["Idempotent-Replay"] == "true"
    keyed = [door.send(data, key="k-1").json()["id"] for _ in range(2)]
    assert keyed[0] == keyed[1]
    assert Proof.objects.count() == 2
    other = factories.make_picture((50, 50))
    refusal(door.send(other, id=mine), 422)
    refusal(door.send(other, key="k-1"), 422)
    assert Proof.objects.count() == 2


# Who may fetch it


def test_a_picture_is_served_inert_and_only_to_those_who_see_its_order():
    door = Door()
    proof = door.picture()
    address = f"{PREFIX}orders/{door.code}/proofs/{proof}"
    member = factories.make_member(door.tenant)
    client = Client()
    client.force_login(member.user)
    response = client.get(f"{address}/file/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["Content-Disposition"] == f'inline; filename="{door.code}-delivery-photo.jpg"'
    assert response.headers["Cache-Control"].startswith("private")
    assert Image.open(BytesIO(b"".join(response.streaming_content))).format == "JPEG"
    assert client.get(f"{address}/thumbnail/").status_code == 200
    refusal(client.get(f"{address}/passwd/"), 400)
    assert door.phone.get(f"{PREFIX}driver/orders/{door.code}/proofs/{proof}/file/").status_code == 200
    # The same order's other picture is not the driver's; other orders and tenants do not know it.
    by_office = door.picture(actor=door.dispatcher)
    refusal(door.phone.get(f"{PREFIX}driver/orders/{door.code}/proofs/{by_office}/file/"), 404)
    beside = factories.make_order(door.tenant)
    refusal(client.get(f"{PREFIX}orders/{beside.code}/proofs/{proof}/file/"), 404)
    stranger = Client()
    stranger.force_login(factories.make_member(factories.make_tenant()).user)
    refusal(stranger.get(f"{address}/file/"), 404)
    refusal(Client().get(f"{address}/file/"), 401)
    assert Client().get(f"/media/{Proof.objects.get(pk=proof).file.name}").status_code == 404


# Acts that need proof


def test_a_driver_without_the_proof_is_told_what_is_missing():
    door = Door(status=Status.ASSIGNED, pickup_photo=True, pickup_barcode=True, delivery_signature=True)
    error = refused(lambda: door.act(PickUp()), "proof_missing")
    assert error.details == {"missing": ["photo", "barcode"], "stage": "pickup"}
    refused(lambda: door.act(PickUp(barcode="4712", note="x")), "barcode_mismatch")
    photo = door.picture(stage=Stage.PICKUP)
    done = door.act(PickUp(proof_ids=(photo,), barcode="4711"))
    assert (done.order.status, done.order.proof_missing) == (Status.PICKED_UP, False)
    assert set(Proof.objects.filter(act="pick-up").values_list("kind", flat=True)) == {"photo", "barcode"}

    error = refused(lambda: door.act(Deliver(note="He took it")), "proof_missing")
    assert "a signature" in error.message
    signed = door.picture(kind=ProofKind.SIGNATURE)
    done = door.act(Deliver(proof_ids=(signed,), recipient="A. Beck"))
    assert (done.order.status, done.order.proof_missing, done.order.received_by) == ("delivered", False, "A. Beck")


def test_a_dispatcher_may_deliver_by_hand_with_a_note_and_add_the_proof_later():
    door = Door(delivery_photo=True, delivery_pin=True)
    refused(lambda: door.act(Deliver(), door.dispatcher), "note_required")
    done = door.act(Deliver(note="He sent me a photo by mail"), door.dispatcher)
    assert done.order.proof_missing
    photo = door.picture(actor=door.dispatcher)
    assert door.act(AddProof(proof_ids=(photo,)), door.dispatcher).order.proof_missing  # the PIN is still missing


def test_a_proof_proves_one_act_of_its_own_order_and_driver():
    door, beside = Door(delivery_photo=True), Door(delivery_photo=True)
    photo = door.picture()
    for wrong in (str(uuid4()), beside.picture(), door.picture(actor=door.dispatcher)):
        refused(lambda wrong=wrong: door.act(Deliver(proof_ids=(wrong,))), "proof_unknown")
    refused(lambda: door.act(Deliver(proof_ids=("../../etc/passwd",))), "invalid")
    refused(lambda: door.act(Deliver(proof_ids=(door.picture(stage=Stage.PICKUP),))), "invalid")
    door.act(FailAttempt(reason="Nobody at home", proof_ids=(photo,)))
    refused(lambda: door.act(Deliver(proof_ids=(photo,))), "proof_used")
    # A photo of the closed door is no proof of delivery.
    assert refused(lambda: door.act(Deliver()), "proof_missing").details["missing"] == ["photo"]


def test_proof_of_a_delivery_that_was_taken_back_proves_nothing_for_the_next():
    door = Door(delivery_photo=True)
    door.act(Deliver(proof_ids=(door.picture(),)))
    admin = factories.make_actor(door.tenant, RoleKind.TENANT_ADMIN)
    door.act(Correct(target=Status.PICKED_UP, note="Wrong tap"), admin)
    refused(lambda: door.act(Deliver()), "proof_missing")
    assert Proof.objects.get().superseded_at is not None


def test_pictures_no_act_has_used_are_pruned_with_their_files_and_others_stay():
    door = Door(delivery_photo=True)
    used, unused = door.picture(), door.picture()
    door.act(Deliver(proof_ids=(used,)))
    files = [Proof.objects.get(pk=unused).file.name, Proof.objects.get(pk=unused).thumbnail.name]
    assert evidence.prune() == 0
    with clock.at(clock.now() + timedelta(days=4)):
        assert evidence.prune() == 1
    assert [str(pk) for pk in Proof.objects.values_list("pk", flat=True)] == [used]
    assert not any(default_storage.exists(name) for name in files)
    assert default_storage.exists(Proof.objects.get().file.name)


# The PIN


def wrong_pins(order):
    right = int(pin_of(order))
    return [f"{(right + step) % 10_000:04d}" for step in range(1, 40)]


def test_the_receivers_pin_delivers_and_is_written_down_nowhere():
    door = Door(delivery_pin=True)
    refused(lambda: door.act(Deliver()), "proof_missing")
    pin = pin_of(door.order)
    assert door.act(Deliver(pin=pin)).order.status == Status.DELIVERED
    assert Proof.objects.get(kind="pin").text == ""
    stored = json.dumps([*Event.objects.values_list("data", flat=True)]) + json.dumps(
        [*Proof.objects.values("text", "act")]
    )
    assert f'"{pin}"' not in stored


def test_wrong_pins_are_counted_and_lock_it_until_a_dispatcher_decides():
    door = Door(delivery_pin=True)
    wrong, right = wrong_pins(door.order), pin_of(door.order)
    for left in range(MOST_TRIES - 1, 0, -1):
        error = refused(lambda: door.act(Deliver(pin=wrong.pop())), "pin_wrong")
        assert error.details["tries_left"] == left
        assert error.details["version"] == door.order.version
    refused(lambda: door.act(Deliver(pin=wrong.pop())), "pin_locked")
    refused(lambda: door.act(Deliver(pin=right)), "pin_locked")
    assert (door.order.status, door.order.pin_tries) == (Status.PICKED_UP, MOST_TRIES)
    assert Event.objects.filter(kind="order.pin_refused").count() == MOST_TRIES
    client = Client()
    client.force_login(factories.make_member(door.tenant).user)
    told = client.get(f"{PREFIX}orders/{door.code}/pin/")
    assert told.json() == {"pin": right, "tries_left": 0, "is_locked": True}
    assert told.headers["Cache-Control"] == "no-store"
    assert client.post(f"{PREFIX}orders/{door.code}/unlock-pin/", {}, "application/json").status_code == 200
    assert door.act(Deliver(pin=right)).order.pin_tries == 0


def test_a_repeated_wrong_pin_is_counted_once_and_a_try_that_fails_otherwise_never():
    door = Door(delivery_pin=True, delivery_photo=True)
    wrong, right = wrong_pins(door.order)[0], pin_of(door.order)
    # Without the photo a PIN is not judged at all, so nobody learns anything from it.
    refused(lambda: door.act(Deliver(pin=wrong)), "proof_missing")
    refused(lambda: door.act(Deliver(pin=right)), "proof_missing")
    assert door.order.pin_tries == 0
    act = Deliver(pin=wrong, proof_ids=(door.picture(),))
    for _ in range(3):
        refused(lambda: door.act(act, key="tap-1"), "pin_wrong")
    assert door.order.pin_tries == 1
    # The photo still waits for the act that succeeds.
    assert door.act(Deliver(pin=right, proof_ids=act.proof_ids)).order.status == Status.DELIVERED


def test_drivers_never_get_the_pin():
    door = Door(delivery_pin=True)
    refusal(door.phone.get(f"{PREFIX}orders/{door.code}/pin/"), 403)
    answer = door.phone.get(f"{PREFIX}driver/orders/{door.code}/")
    assert answer.status_code == 200
    assert f'"{pin_of(door.order)}"' not in answer.content.decode()
