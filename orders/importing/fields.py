"""The columns an import understands, which are also those of the template and of an export that can be imported."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from orders.states import CarrierType, OrderType, Payer, PaymentMethod, Priority

Kind = Literal[
    "text", "number", "degrees", "whole", "moment", "choice", "customer", "service", "warehouse", "items", "yes_no"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `input` is its name in the input of `POST /orders/`; `also` are headings that mean it."""

    name: str
    label: str
    kind: Kind = "text"
    input: str = ""
    is_needed: bool = False
    help: str = ""
    example: str = ""
    also: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        return self.input or self.name


def _choices(labels: list[tuple[object, object]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(label)) for value, label in labels)


def _end(end: str, word: str, *more: str, example: tuple[str, str, str], people: tuple[str, ...]) -> list[Field]:
    """The columns of one end; `more` are other words for it in headings."""
    words = (word, *more)

    def also(*parts: str) -> tuple[str, ...]:
        return tuple(f"{one} {part}" for one in words for part in parts)

    return [
        Field(
            f"{end}_address", f"{word} address", help=f"Street, number and town, or the {end} warehouse instead.",
            example=example[0], also=(*words, *also("street", "location", "adresse", "ort"), f"{end} address"),
        ),
        Field(
            f"{end}_warehouse", f"{word} warehouse", "warehouse", f"{end}_warehouse_id",
            help="Code or name of one of your warehouses.", also=also("hub", "depot", "store", "lager"),
        ),
        Field(
            f"{end}_latitude", f"{word} latitude", "degrees", help="Degrees. Empty: found from the address.",
            example=example[1], also=also("lat", "y", "breite"),
        ),
        Field(
            f"{end}_longitude", f"{word} longitude", "degrees", help="Degrees. Empty: found from the address.",
            example=example[2], also=also("lng", "lon", "long", "x", "länge"),
        ),
        Field(f"{end}_contact", f"{word} contact", also=(*also("name", "person", "kontakt"), *people)),
        Field(f"{end}_phone", f"{word} phone", also=(*also("mobile", "tel", "telephone", "telefon"),
              *(f"{one} phone" for one in people))),
        Field(f"{end}_notes", f"{word} notes", help="For the driver at this door.",
              also=also("note", "instructions", "remarks", "hinweis")),
    ]  # fmt: skip


FIELDS: tuple[Field, ...] = (
    Field(
        "external_reference",
        "External reference",
        help="Your own number of the order. Importing the same one again is refused.",
        example="INV-1001",
        also=("reference", "ref", "order number", "order no", "order id", "invoice", "referenz", "auftragsnummer"),
    ),
    Field(
        "customer",
        "Customer",
        "customer",
        "customer_id",
        is_needed=True,
        help="Name or external reference of a customer.",
        example="Bistro Rhein",
        also=("customer name", "client", "sender", "shop", "account", "kunde", "kundenname", "auftraggeber"),
    ),
    Field(
        "service",
        "Service",
        "service",
        "service_id",
        is_needed=True,
        help="Code or name of a delivery service.",
        example="EXPRESS",
        also=("service name", "service code", "delivery service", "product", "dienst", "leistung"),
    ),
    Field(
        "type",
        "Type",
        "choice",
        is_needed=True,
        example="Delivery",
        choices=_choices(list(OrderType.choices)),
        also=("order type", "kind", "art", "auftragsart"),
    ),
    *_end(
        "pickup", "Pickup", "from", "collection", "origin", "sender", "abholung",
        example=("Städtle 12, 9490 Vaduz", "47.1393", "9.5228"), people=("shipper",),
    ),
    *_end(
        "dropoff", "Dropoff", "to", "delivery", "destination", "receiver", "recipient", "ship to", "lieferung",
        example=("Landstrasse 98, 9495 Triesen", "47.1080", "9.5280"),
        people=("receiver", "recipient", "consignee", "empfänger"),
    ),
    Field("payer", "Payer", "choice", is_needed=True, example="Sender", choices=_choices(list(Payer.choices)),
          also=("paid by", "zahler")),
    Field(
        "payment_method", "Payment method", "choice", is_needed=True, example="Account",
        choices=_choices(list(PaymentMethod.choices)), also=("payment", "pay by", "zahlungsart"),
    ),
    Field("cod_amount", "Cash on delivery", "number", help="What the driver collects, such as 48.20.",
          also=("cod", "cod amount", "amount to collect", "collect", "nachnahme")),
    Field("delivery_fee", "Delivery fee", "number", help="Empty: the price of the service.",
          also=("fee", "price", "delivery price", "gebühr", "preis")),
    Field("unit_size", "Units", "whole", is_needed=True, help="How much room it takes.", example="1",
          also=("unit", "unit size", "quantity", "qty", "pieces", "parcels", "packages", "menge", "anzahl", "stück")),
    Field("items", "Items", "items", help="What is inside, such as “2 x Box; 1 x Bag”.", example="2 x Box; 1 x Bag",
          also=("package items", "contents", "content", "products", "artikel", "inhalt")),
    Field("priority", "Priority", "choice", choices=_choices(list(Priority.choices)), example="Normal",
          also=("urgency", "priorität")),
    Field("scheduled_pickup_at", "Scheduled pickup", "moment", help="Date and time, in your time zone.",
          also=("pickup at", "pickup time", "pickup date", "collect at", "abholzeit")),
    Field("scheduled_delivery_at", "Scheduled delivery", "moment", help="Date and time, in your time zone.",
          also=("delivery at", "deliver at", "delivery time", "delivery date", "due", "due at", "lieferdatum",
                "lieferzeit")),
    Field("instructions", "Instructions", also=("instruction", "driver instructions", "anweisungen")),
    Field("notes", "Notes", help="Seen by dispatchers.", also=("note", "comment", "comments", "remarks", "remark",
                                                               "bemerkung", "bemerkungen", "notiz")),
    Field("barcode", "Barcode", help="Empty: made from the order's number.",
          also=("tracking", "tracking number", "label", "parcel number", "sendungsnummer")),
    Field("carrier_type", "Carrier", "choice", choices=_choices(list(CarrierType.choices)), also=("carrier type",)),
    Field("staging_warehouse", "Staging warehouse", "warehouse", "staging_warehouse_id",
          help="Only for orders that are moved through a warehouse.", also=("staging", "via warehouse", "cross dock")),
    Field("is_draft", "Draft", "yes_no", help="Yes: to be confirmed before anybody drives.", also=("is draft",)),
)  # fmt: skip

BY_NAME = {field.name: field for field in FIELDS}
BY_INPUT = {field.target: field for field in FIELDS}
NEEDED = tuple(field.name for field in FIELDS if field.is_needed)
ENDS = ("pickup", "dropoff")
# What is offered for all rows where no column is found; a person sees it and can change it.
USUAL = {"type": "delivery", "payer": "sender", "payment_method": "account", "unit_size": "1"}

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_OTHER = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Lower case without accents, brackets and signs: `Lieferung: Straße (CH)` is `lieferung strasse`."""
    plain = unicodedata.normalize("NFKD", _BRACKETS.sub(" ", text).replace("ß", "ss"))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(_OTHER.sub(" ", letters.casefold()).split())


def _known_headings() -> dict[str, str]:
    headings: dict[str, str] = {}
    for field in FIELDS:
        for text in (field.label, field.name, field.target):
            headings[folded(text)] = field.name
    for field in FIELDS:
        for text in field.also:
            headings.setdefault(folded(text), field.name)
    return headings


HEADINGS = _known_headings()
