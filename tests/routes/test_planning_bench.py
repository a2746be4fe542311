"""The bench reads the public formats, checks solutions by itself, and both players answer legally."""

from pathlib import Path

import numpy as np
import pytest

from bench.planning import fewest_first, rounded, rounding_of
from bench.planning_check import faults, length
from bench.planning_files import Best, Unreadable, best_known, read
from bench.planning_players import bare, product

SOLOMON = """R1

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0      0      0       0       0        200         0
    1     10      0      10       0        100         5
    2     10     10      10       0        100         5
    3      0     10      10       0        100         5
"""
LI_LIM = """2\t20\t1
0 0 0 0 0 200 0 0 0
1 10 0 10 0 100 5 0 2
2 10 10 -10 0 150 5 1 0
3 0 10 10 0 100 5 0 4
4 0 5 -10 0 150 5 3 0
"""
CVRP = """NAME : tiny
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 20
NODE_COORD_SECTION
1 0 0
2 10 0
3 10 10
4 0 10
DEMAND_SECTION
1 0
2 10
3 10
4 10
DEPOT_SECTION
1
-1
EOF
"""
TSP = """NAME: four
TYPE: TSP
DIMENSION: 4
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: UPPER_ROW
EDGE_WEIGHT_SECTION
 5 9 5
 5 9
 5
EOF
"""
FILES = {"r1.txt": SOLOMON, "lc1.txt": LI_LIM.replace("\n", "\r\n"), "tiny.vrp": CVRP, "four.tsp": TSP}
SHORTEST = {"r1.txt": 20 + 20 + 200**0.5, "lc1.txt": 20 + 20 + 200**0.5 - 200**0.5, "tiny.vrp": 54, "four.tsp": 20}


@pytest.mark.parametrize("name", FILES)
def test_both_players_solve_each_format_legally(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name])
    instance = read(tmp_path / name)
    legs = rounded(instance, rounding_of(instance, None, "auto"))
    asked = {"fewest": False, "seconds": 0.05, "seed": 1}
    ours = product(instance, legs, lanes=1, **asked)
    theirs = bare(instance, legs, **asked)
    assert faults(instance, legs, ours) == []
    assert faults(instance, legs, theirs) == []
    assert length(legs, ours) <= length(legs, theirs) + 0.01


def test_the_check_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "lc1.txt").write_text(LI_LIM)
    instance = read(tmp_path / "lc1.txt")
    assert faults(instance, instance.legs, [[1, 2], [3, 4]]) == []
    assert "Not every stop" in faults(instance, instance.legs, [[1, 2]])[0]
    assert any("not brought" in fault for fault in faults(instance, instance.legs, [[2, 1], [3, 4]]))
    assert any("not brought" in fault for fault in faults(instance, instance.legs, [[1, 4], [3, 2]]))
    late = np.array(instance.legs) * 10
    assert any("too late" in fault for fault in faults(instance, late, [[1, 2, 3, 4]]))


def test_the_best_known_stands_beside_and_says_how_lengths_are_rounded(tmp_path: Path) -> None:
    (tmp_path / "r1.txt").write_text(SOLOMON)
    (tmp_path / "BKS.json").write_text('{"r1": {"best_known_cost": 54.14, "solved_with_vehicles": 2, "vehicles": 3}}')
    instance = read(tmp_path / "r1.txt")
    best = best_known(tmp_path / "r1.txt", instance)
    assert best == Best(54.14, 2, 2)
    assert rounding_of(instance, best, "auto") == "exact"
    assert fewest_first(instance, best, "exact", "auto")
    (tmp_path / "r1.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 54.1\n")
    solved = best_known(tmp_path / "r1.txt", instance)
    assert solved is not None
    assert solved.routes == ((1, 2), (3,))
    assert rounding_of(instance, solved, "auto") == "tenth"
    assert not fewest_first(instance, solved, "tenth", "auto")


def test_what_is_no_problem_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Dear Sir or Madam")
    with pytest.raises(Unreadable):
        read(tmp_path / "a.txt")
