"""The pictures that prove a waybill's hand-overs, kept as those of orders are."""

from collections.abc import Collection

from dispatch_console.core.actor import Actor
from orders import evidence
from orders.evidence import Subject
from orders.states import Stage
from routes.commands.grouping import PERMISSION
from routes.models import Waybill, WaybillProof

# At which stage each hand-over happens; other acts take no pictures.
STAGES = {"pick-up": Stage.PICKUP, "dispatch": Stage.PICKUP, "receive": Stage.DELIVERY}


def subject_of(waybill: Waybill) -> Subject:
    """For the pictures of a waybill."""
    return Subject(WaybillProof, "waybill", waybill, waybill.words, waybill.label, permission=PERMISSION)


def prove(waybill: Waybill, actor: Actor, proof_ids: Collection[str], *, act: str) -> None:
    """Attach the uploaded pictures to the act under way, whose event is recorded next. The waybill is locked.

    Raises Invalid (`proof_unknown`) or Refused (`proof_used`, `proof_gone`).
    """
    subject = subject_of(waybill)
    evidence.named(subject, actor, proof_ids, stage=STAGES[act])
    evidence.attach(subject, proof_ids, act=act, version=waybill.version + 1)
