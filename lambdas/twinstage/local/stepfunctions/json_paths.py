"""States in JSONPath, where moto does otherwise than Step Functions: escapes and placeholders of intrinsic functions, times, and the names of what goes wrong.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html (escapes, `{}`),
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (States.IntrinsicFailure, States.NoChoiceMatched, States.ResultPathMatchFailure),
https://states-language.net/spec.html#timestamps (RFC 3339, with any offset).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from twinstage.local.moto_contract import extends, replaces

_COMPONENTS = "moto.stepfunctions.parser.asl.component"
_INTRINSIC = "moto.stepfunctions.parser.asl.parse.intrinsic.intrinsic_parser:IntrinsicParser"
_TIMES = f"{_COMPONENTS}.state.choice.comparison.operator.implementations.is_operator:IsTimestamp"
# Private characters that stand for an escaped one between the text and the function: moto's lexer ends a text at every quote. What it is given is JSON's own text, in
# which each backslash is two.
_MEANT = {"\ue000": "'", "\ue001": "\\", "\ue002": "{", "\ue003": "}"}
_MARKED = {meant: mark for mark, meant in _MEANT.items()}
_ESCAPE = re.compile(r"\\\\(\\\\|['{}])")
_MARK = re.compile("[\ue000-\ue003]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MICROSECONDS = 7


def install() -> None:
    """Replace them."""
    _install_functions()
    _install_times()
    _install_names()


def _install_functions() -> None:
    @extends(f"{_INTRINSIC}.parse")
    def parse(original: Any, src: str) -> Any:
        return original(_ESCAPE.sub(lambda found: _MARKED[found[1][-1]], src))

    @extends(f"{_COMPONENTS}.common.string.string_expression:StringIntrinsicFunction._eval_body")
    def evaluate(original: Any, expression: Any, env: Any) -> None:
        from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
        from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

        try:
            original(expression, env)
        except (FailureEventException, NoSuchJsonPathError):
            raise
        except Exception as error:
            cause = f"{expression.intrinsic_function_derivation}: {error}"
            raise failure(env, "StatesIntrinsicFailure", cause) from error
        env.stack.append(_unmarked(env.stack.pop()))

    @replaces(f"{_COMPONENTS}.intrinsic.function.statesfunction.generic.string_format:StringFormat._eval_body")
    def string_format(function: Any, env: Any) -> None:
        """Each `{}` is the next argument; a brace that is none of these must be escaped."""
        function.argument_list.eval(env=env)
        template, *values = env.stack.pop()
        parts = template.split("{}")
        if len(parts) != len(values) + 1 or any(brace in part for part in parts for brace in "{}"):
            raise ValueError(f"{len(values)} values for {len(parts) - 1} places, or a brace that is not escaped")
        told = [function._to_str_repr(value) for value in values]  # noqa: SLF001  the replaced method's own helper
        env.stack.append("".join(text for pair in zip(parts, [*told, ""], strict=True) for text in pair))


def _unmarked(value: Any) -> Any:
    """A function's result with the characters that were escaped."""
    if isinstance(value, str):
        return _MARK.sub(lambda found: _MEANT[found[0]], value)
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    if isinstance(value, dict):
        return {_unmarked(key): _unmarked(each) for key, each in value.items()}
    return value


def _install_times() -> None:
    @replaces(f"{_TIMES}.string_to_timestamp")
    def string_to_timestamp(string: Any) -> dt.datetime | None:
        """The moment that a text of RFC 3339 says; digits beyond microseconds are cut."""
        found = _TIME.fullmatch(string) if isinstance(string, str) else None
        if found is None:
            return None
        try:
            return dt.datetime.fromisoformat(string[:19] + (found[1] or "")[:_MICROSECONDS] + found[2])
        except ValueError:
            return None


def _install_names() -> None:
    @extends(f"{_COMPONENTS}.state.choice.state_choice:StateChoice._eval_state")
    def choose(original: Any, state: Any, env: Any) -> None:
        try:
            original(state, env)
        except RuntimeError as error:
            if state.default_state is not None:
                raise
            cause = f"Failed to transition out of the state. The state name is '{state.name}', and no choice matches"
            raise failure(env, "StatesNoChoiceMatched", cause) from error

    @extends(f"{_COMPONENTS}.common.path.result_path:ResultPath._eval_body")
    def put_result(original: Any, path: Any, env: Any) -> None:
        given = env.states.get_input()
        if path.result_path_src not in (None, path.DEFAULT_PATH) and not isinstance(given, dict):
            cause = f"Unable to apply step '{path.result_path_src}' to input, which is no object"
            raise failure(env, "StatesResultPathMatchFailure", cause)
        original(path, env)


def failure(env: Any, kind: str, cause: str) -> Exception:
    """moto's failure of a state under one of Step Functions' own names, which a Retry or a Catch sees."""
    from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

    name = StatesErrorName(typ=StatesErrorNameType[kind])
    details = TaskFailedEventDetails(error=name.error_name, cause=cause)
    return FailureEventException(  # type: ignore[no-any-return]  # moto has no type information
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )
