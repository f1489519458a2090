"""JSONata: what it costs is held by the kernel, what is random comes from the seed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulate.flows import flow, output, passing, ran
from twinstage.simulate.pipeline.jsonata import ExpressionError, evaluate, problem_of


def value(expression: str, seed: int = 1, **bindings: Any) -> Any:
    return evaluate(expression, bindings, seed=seed, now_ms=1_767_225_600_000)


@pytest.mark.parametrize(
    "expression",
    [
        "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/)",
        "($f := function(){$f()}; $f())",
        "$reduce([1..80], function($a, $i){$a & $a & 'x'}, 'y')",
        "($f := function($n){1 + $f($n + 1)}; $f(1))",
    ],
    ids=["pattern", "endless", "memory", "depth"],
)
def test_an_expression_without_end_is_ended_and_the_next_one_is_served(expression: str) -> None:
    with pytest.raises(ExpressionError):
        value(expression)
    assert value("$x + 1", x=2) == 3


def test_such_an_expression_fails_its_state_as_any_other_error_of_a_query() -> None:
    endless = "{% $match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/) %}"
    execution = ran(flow({"P": passing(Output=endless)}, QueryLanguage="JSONata"))
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")
    assert "more processor time" in execution.cause


def test_random_numbers_identifiers_and_the_time_are_the_simulations() -> None:
    assert value("[$random(), $uuid(), $now(), $millis()]") == value("[$random(), $uuid(), $now(), $millis()]")
    assert value("$uuid()", seed=1) != value("$uuid()", seed=2)
    assert value("$now()") == "2026-01-01T00:00:00.000Z"
    waiting = flow(
        {"W": {"Type": "Wait", "Seconds": 90, "Next": "P"}, "P": passing(Output="{% $now() %}")},
        QueryLanguage="JSONata",
    )
    assert output(waiting) == "2026-01-01T00:01:30.000Z"


@pytest.mark.parametrize("expression", ["$nothing", "function(){1}", "1/0", "$eval('1')", "$range(0, 10, 0)"])
def test_what_has_no_value_in_json_is_an_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        value(expression)


def test_null_is_a_value() -> None:
    assert value("{'a': $x, 'b': null}", x=None) == {"a": None, "b": None}


def test_a_text_that_is_no_expression_is_told_so() -> None:
    assert "could not be parsed" in problem_of("$x(")
    assert problem_of("$x + 1") == ""
