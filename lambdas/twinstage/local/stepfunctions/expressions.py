"""moto's string expressions, evaluated by our JSONata with values bound to names instead of pasted into the expression's text."""

from __future__ import annotations

from typing import Any

from twinstage.local.moto_contract import replaces
from twinstage.local.stepfunctions.jsonata import ExpressionError, evaluate

_STRINGS = "moto.stepfunctions.parser.asl.component.common.string.string_expression"
_ALWAYS = ("input", "context")


def install() -> None:
    """Replace the evaluation of `{% %}` strings, and of variables in JSONPath states."""
    from moto.stepfunctions.parser.asl.component.common.query_language import QueryLanguageMode

    @replaces(f"{_STRINGS}:StringJSONata._eval_body")
    def evaluate_jsonata(self: Any, env: Any) -> None:
        env.stack.append(_value(env, self.expression.strip(), {"states": _states(env), **_variables(env)}))

    @replaces(f"{_STRINGS}:StringVariableSample._eval_body")
    def evaluate_variable(self: Any, env: Any) -> None:
        states = {"states": _states(env)} if self.query_language_mode == QueryLanguageMode.JSONata else {}
        env.stack.append(_value(env, self.expression, {**states, **_variables(env)}))


def _variables(env: Any) -> dict[str, Any]:
    store = env.variable_store
    return {**store._outer_scope, **store._inner_scope}  # noqa: SLF001  moto gives them only as JSONata text


def _states(env: Any) -> dict[str, Any]:
    """`$states`: `result` and `errorOutput` are there only where the state has them."""
    data = env.states._states_data  # noqa: SLF001  moto gives it only as JSONata text
    return {name: value for name, value in data.items() if name in _ALWAYS or value is not None}


def _value(env: Any, expression: str, bindings: dict[str, Any]) -> Any:
    """Raises moto's failure event States.QueryEvaluationError, which a Catch sees."""
    try:
        return evaluate(expression, bindings)
    except ExpressionError as error:
        raise _query_evaluation_error(env, str(error)) from error


def _query_evaluation_error(env: Any, cause: str) -> Exception:
    from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = EvaluationFailedEventDetails(error=name.error_name, cause=cause)
    return FailureEventException(  # type: ignore[no-any-return]  # moto has no type information
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=EventDetails(evaluationFailedEventDetails=details),
        )
    )
