"""What the doors read of drivers: who may be seen, and the lists made of them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible
from dispatch_console.core.filtering import IdsFilter, StrictFilterSet, TextFilter, WordsFilter, YesNoFilter
from dispatch_console.core.keyset import Sort
from drivers.models import Driver, DriverStatus
from drivers.models.driver import DriverQuerySet

SORTS = {"name": Sort("name"), "status": Sort("status"), "online": Sort("is_online")}
DEFAULT_ORDERING = "name"


class DriverFilter(StrictFilterSet):
    """`search` looks in name and phone."""

    search = TextFilter("name", "phone", help_text="Text in name or phone.")
    online = YesNoFilter("is_online", help_text="Drivers on duty only, or those off duty.")
    status = WordsFilter("status", words=DriverStatus.values, help_text="Driver statuses.")
    id = IdsFilter("pk", help_text="Driver ids.")


def visible_drivers(actor: Actor) -> DriverQuerySet:
    """The drivers the actor may see, each once."""
    if not actor.may("drivers.view"):
        raise Forbidden("Your role does not include drivers. Ask your administrator if you need them.")
    visible = Driver.objects.visible_to(actor)
    return visible if actor.team_ids is None else Driver.objects.filter(pk__in=visible.order_by().values("pk"))


def heard(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    """Those of these drivers of whose events the actor may hear, for `core.feed`."""
    if not actor.may("drivers.view"):
        return []
    return Driver.objects.visible_to(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)


def filtered_drivers(actor: Actor, params: Mapping[str, str]) -> Any:
    """The drivers the actor may see under these parameters; raises Invalid naming every wrong one."""
    return DriverFilter(params, visible_drivers(actor), actor=actor).filtered()


def get_driver(actor: Actor, driver_id: int) -> Driver:
    """One driver: the driver's own profile, or one the actor may see."""
    is_self = actor.driver_id is not None and actor.driver_id == driver_id
    rows = Driver.objects.visible_to(actor) if is_self else visible_drivers(actor)
    driver = rows.select_related("primary_vehicle").filter(pk=driver_id).first()
    if driver is None:
        raise NotVisible("There is no such driver.")
    return driver
