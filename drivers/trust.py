"""What to doubt about a position, and which one a driver is believed to be at. Pure: no database, no clock.

A fix that the driver cannot have reached in the time is a jump. It goes to the history with its mark, and the driver
stays where they were until a second fix near the first one says so too: a reflection among houses is a single fix, a
driver who really is elsewhere (a ferry, a phone that slept) goes on reporting from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch_console.core.geo import haversine_metres
from drivers.samples import Sample

# Bits of a position's flags
COARSE = 1  # the device itself trusts it to no better than COARSE_METRES
CLOCK_AHEAD = 2  # the device's clock runs ahead of ours
JUMP = 4  # further from the last believed fix than anybody drives in the time
MOCKED = 8  # the device says that an app made the position up
CLOCK_BEHIND = 16  # the device's clock runs behind ours

COARSE_METRES = 100.0
AHEAD_TOLERANCE = timedelta(seconds=10)
BEHIND_TOLERANCE = timedelta(seconds=60)  # a message may be under way that long
JUMP_SPEED = 70.0  # metres per second, 250 km/h
JUMP_METRES = 200.0  # less than this is noise of the receiver, however short the time
NEAR_DEGREES = 0.0012  # both ways: surely less than that, and nearly every fix, so that no distance is computed
USUAL_ACCURACY = 20.0  # of a device that does not say


@dataclass(frozen=True, slots=True)
class Fix:
    """A place at a time, as exact as the device trusts itself."""

    latitude: float
    longitude: float
    accuracy: float | None
    recorded_at: datetime


@dataclass(slots=True)
class Belief:
    """Where a driver is believed to be, and the jump that waits for a second fix.

    `latest` is None for a driver never heard of. `moved_by` is the sample that moved the driver, with its flags, if any
    of those that were weighed did.
    """

    latest: Fix | None = None
    suspect: Fix | None = None
    moved_by: tuple[Sample, int] | None = None


def weigh(belief: Belief, samples: Iterable[Sample], received_at: datetime) -> list[int]:
    """Take samples of one driver, in order of device time, into the belief; returns the flags of each.

    A sample that is not newer than the latest moves nobody: it is history.
    """
    return [_weigh(belief, sample, received_at) for sample in samples]


def _weigh(belief: Belief, sample: Sample, received_at: datetime) -> int:
    flags = doubts(sample, received_at)
    latest = belief.latest
    if latest is not None and not within_reach(latest, sample):
        flags |= JUMP
    if latest is not None and sample.recorded_at <= latest.recorded_at:
        return flags
    fix = Fix(sample.latitude, sample.longitude, sample.accuracy, sample.recorded_at)
    if flags & JUMP:
        suspect = belief.suspect
        if suspect is None or sample.recorded_at <= suspect.recorded_at or not within_reach(suspect, sample):
            if suspect is None or sample.recorded_at > suspect.recorded_at:
                belief.suspect = fix
            return flags
        flags &= ~JUMP  # confirmed: the jump was the fix before
    belief.latest, belief.suspect, belief.moved_by = fix, None, (sample, flags)
    return flags


def doubts(sample: Sample, received_at: datetime) -> int:
    """What the sample says against itself."""
    flags = 0
    if sample.accuracy is not None and sample.accuracy > COARSE_METRES:
        flags |= COARSE
    if sample.mocked:
        flags |= MOCKED
    shown = sample.sent_at or sample.recorded_at
    if max(shown, sample.recorded_at) > received_at + AHEAD_TOLERANCE:
        flags |= CLOCK_AHEAD
    elif sample.sent_at is not None and sample.sent_at < received_at - BEHIND_TOLERANCE:
        flags |= CLOCK_BEHIND
    return flags


def within_reach(start: Fix, end: Sample) -> bool:
    """Whether somebody can have been at both, as far as the two accuracies leave room for it."""
    if abs(end.latitude - start.latitude) < NEAR_DEGREES and abs(end.longitude - start.longitude) < NEAR_DEGREES:
        return True
    metres = haversine_metres(start.latitude, start.longitude, end.latitude, end.longitude)
    if metres <= JUMP_METRES:
        return True
    slack = _radius(start.accuracy) + _radius(end.accuracy)
    seconds = max(1.0, abs((end.recorded_at - start.recorded_at).total_seconds()))
    return metres - slack <= max(JUMP_METRES, JUMP_SPEED * seconds)


def _radius(accuracy: float | None) -> float:
    return USUAL_ACCURACY if accuracy is None else accuracy
