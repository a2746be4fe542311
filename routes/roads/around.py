"""What an insertion asks of roads: the legs of many ways as they are, and from and to a few new places."""

from collections.abc import Sequence

import numpy as np

from routes.roads.base import Matrix, Point, Roads


def insertion_tables(roads: Roads, chains: Sequence[Sequence[Point]], places: Sequence[Point]) -> list[Matrix]:
    """For each chain the minutes among its points and the places, which come last: four questions for all of them.

    Between points of a chain that do not follow each other the minutes are infinite: nobody goes there directly.
    """
    points = list(dict.fromkeys(point for chain in chains for point in chain))
    numbers = {point: number for number, point in enumerate(points)}
    to_places = roads.travel_time(points, places)
    from_places = roads.travel_time(places, points)
    among = roads.travel_time(places, places)
    found = []
    for chain, legs in zip(chains, roads.chains(chains), strict=True):
        count, rows = len(chain), [numbers[point] for point in chain]
        table = np.full((count + len(places), count + len(places)), np.inf)
        table[:count, count:] = to_places[rows]
        table[count:, :count] = from_places[:, rows]
        table[count:, count:] = among
        for number, leg in enumerate(legs):
            table[number, number + 1] = leg.minutes
        found.append(table)
    return found
