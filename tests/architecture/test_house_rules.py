"""Every rule finds its bad example, leaves its good one alone, and holds in the whole product."""

import ast

import pytest

from tests.architecture.house_rules import RULES, Rule, has_vague_name, source_files

by_name = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@by_name
def test_the_rule_finds_its_bad_example(rule: Rule) -> None:
    assert rule.violations("console/example.py", rule.bad)


@by_name
def test_the_rule_leaves_its_good_example_alone(rule: Rule) -> None:
    assert not rule.violations("console/example.py", rule.good)


@by_name
def test_the_rule_holds_in_the_whole_product(rule: Rule) -> None:
    found = [line for path, source in source_files() for line in rule.violations(path, source)]
    assert not found, "\n".join(found)


@by_name
def test_the_exceptions_of_the_rule_are_needed(rule: Rule) -> None:
    sources = dict(source_files())
    for allowed in rule.allowed:
        within = [source for path, source in sources.items() if path == allowed or path.startswith(f"{allowed}/")]
        assert any(list(rule.find(ast.parse(source))) for source in within), f"{allowed} needs no exception"


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert has_vague_name("orders/utils.py")
    assert has_vague_name("orders/helpers/dates.py")
    assert not has_vague_name("orders/selectors.py")
    assert not [path for path, _ in source_files() if has_vague_name(path)]
