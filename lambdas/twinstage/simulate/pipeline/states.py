"""What each type of state does with its input. Every function gives (output, the state that comes next or None), at once or as a generator of what it waits for.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html and the page of each type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.kernel import seconds
from twinstage.simulate.pipeline.choices import moment, satisfied
from twinstage.simulate.pipeline.data_flow import within_limit
from twinstage.simulate.pipeline.definition import function_name
from twinstage.simulate.pipeline.failures import NO_CHOICE, QUERY, RUNTIME, StateFailure
from twinstage.simulate.pipeline.tasks import NO_TIMEOUT_S, Call
from twinstage.simulate.pipeline.trace import Attempt

if TYPE_CHECKING:
    from twinstage.simulate.pipeline.data_flow import View
    from twinstage.simulate.pipeline.definition import State
    from twinstage.simulate.pipeline.execution import Executor
    from twinstage.simulate.pipeline.frame import Frame
    from twinstage.simulate.pipeline.tasks import Steps

Ended = tuple[Any, "str | None"]
_LONGEST_WAIT_S: Final = 99_999_999


def given(state: State, view: View, value: Any) -> Any:
    """A state's effective input: after InputPath and Parameters, or its Arguments."""
    if state.language == "JSONata":
        return view.query(state.fields["Arguments"], {"input": value}) if "Arguments" in state.fields else value
    taken = view.path(state.fields.get("InputPath", "$"), value)
    # A Map's Parameters are its items' (the older name of ItemSelector).
    template = None if state.type == "Map" else state.fields.get("Parameters")
    return within_limit(taken if template is None else view.template(template, taken), "input after Parameters")


def finished(state: State, frame: Frame, view: View, value: Any, result: Any) -> Any:
    """A state's output of its result: after ResultSelector, ResultPath and OutputPath, or its Output; variables are assigned."""
    fields = state.fields
    if state.language == "JSONata":
        states = {"input": value, "result": result}
        output = view.query(fields["Output"], states) if "Output" in fields else result
        assigned = view.query(fields.get("Assign", {}), states)
    else:
        if "ResultSelector" in fields:
            result = view.template(fields["ResultSelector"], result)
        assigned = view.template(fields.get("Assign", {}), result)
        output = view.path(fields.get("OutputPath", "$"), view.put(value, fields.get("ResultPath", "$"), result))
    frame.variables.update(assigned)
    return output


def figure(state: State, view: View, value: Any, name: str, *, least: float = 0) -> float | None:
    """A number that a field gives itself, by a path in `<name>Path` or by an expression; None where there is no such field."""
    fields = state.fields
    if f"{name}Path" in fields:
        found = view.path(fields[f"{name}Path"], value)
    elif name in fields:
        found = view.query(fields[name], {"input": value}) if state.language == "JSONata" else fields[name]
    else:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or found < least:
        error = QUERY if state.language == "JSONata" else RUNTIME
        raise StateFailure(error, f"{name} of the state '{state.name}' is {found!r}, which is no number from {least}")
    return found


def pass_state(state: State, frame: Frame, view: View, value: Any) -> Ended:
    """Hands its input on, or its Result."""
    result = given(state, view, value)
    if state.language == "JSONPath" and "Result" in state.fields:
        result = state.fields["Result"]
    return finished(state, frame, view, value, result), state.next


def succeed_state(state: State, frame: Frame, view: View, value: Any) -> Ended:
    """Ends its machine well."""
    return _passed(state, frame, view, value), None


def fail_state(state: State, frame: Frame, view: View, value: Any) -> Ended:
    """Ends its machine with an error of its own."""
    said = {}
    for name in ("Error", "Cause"):
        if f"{name}Path" in state.fields:
            said[name] = view.path(state.fields[f"{name}Path"], value)
        else:
            plain = state.fields.get(name, "")
            said[name] = view.query(plain, {"input": value}) if state.language == "JSONata" else plain
        if not isinstance(said[name], str):
            raise StateFailure(RUNTIME, f"{name} of the state '{state.name}' is no text")
    raise StateFailure(said["Error"], said["Cause"])


def wait_state(
    executor: Executor, state: State, frame: Frame, view: View, value: Any, attempts: list[Attempt]
) -> Steps:
    """Waits for a time, or until one; one that is past already does not wait."""
    taken = view.path(state.fields.get("InputPath", "$"), value) if state.language == "JSONPath" else value
    wait = figure(state, view, taken, "Seconds")
    if wait is not None:
        yield seconds(min(wait, _LONGEST_WAIT_S))
    else:
        until = moment(said := _timestamp(state, view, taken))
        if until is None:
            raise StateFailure(RUNTIME, f"'{said}' is no RFC 3339 timestamp with T and Z in upper case")
        yield max(0, int((until.timestamp() * 1000 - executor.now_ms) * 1_000_000))
    return _passed(state, frame, view, value), state.next


def _timestamp(state: State, view: View, taken: Any) -> Any:
    if "TimestampPath" in state.fields:
        return view.path(state.fields["TimestampPath"], taken)
    plain = state.fields.get("Timestamp")
    return view.query(plain, {"input": taken}) if state.language == "JSONata" else plain


def choice_state(state: State, frame: Frame, view: View, value: Any) -> Ended:
    """Goes where the first rule that holds says, or to its Default."""
    rules = state.fields["Choices"]
    if state.language == "JSONata":
        chosen = next((rule for rule in rules if _condition(rule, state, view, value)), None)
    else:
        taken = view.path(state.fields.get("InputPath", "$"), value)
        chosen = next((rule for rule in rules if satisfied(rule, view.roots(taken))), None)
    following = chosen["Next"] if chosen else state.fields.get("Default")
    if following is None:
        raise StateFailure(NO_CHOICE, f"no rule of the state '{state.name}' holds, and it has no Default")
    return _passed(state, frame, view, value, chosen), following


def _condition(rule: Any, state: State, view: View, value: Any) -> bool:
    found = view.query(rule["Condition"], {"input": value})
    if not isinstance(found, bool):
        raise StateFailure(QUERY, f"the Condition of a rule of '{state.name}' gives {found!r}, neither true nor false")
    return found


def _passed(state: State, frame: Frame, view: View, value: Any, rule: Any = None) -> Any:
    """The output of a state that has no result: its input. A rule's own Output and Assign go before the state's."""
    fields = (
        state.fields if rule is None else {**state.fields, **{k: rule[k] for k in ("Output", "Assign") if k in rule}}
    )
    if rule is not None and "Assign" not in rule:
        # The state's own Assign is for its Default.
        fields = {name: each for name, each in fields.items() if name != "Assign"}
    if state.language == "JSONata":
        output = view.query(fields["Output"], {"input": value}) if "Output" in fields else value
        assigned = view.query(fields.get("Assign", {}), {"input": value})
    else:
        taken = view.path(fields.get("InputPath", "$"), value)
        assigned = view.template(fields.get("Assign", {}), taken)
        output = view.path(fields.get("OutputPath", "$"), taken)
    frame.variables.update(assigned)
    return output


def task_state(
    executor: Executor, state: State, frame: Frame, view: View, value: Any, attempts: list[Attempt]
) -> Steps:
    """Calls its resource, once."""
    # TaskScheduled, TaskStarted, and TaskSucceeded, TaskFailed or TaskTimedOut.
    frame.history.add(3)
    arguments = given(state, view, value)
    arn = str(state.fields["Resource"])
    timeout = figure(state, view, value, "TimeoutSeconds", least=1)
    waits = arn.endswith(".waitForTaskToken") or ":activity:" in arn
    heartbeat = figure(state, view, value, "HeartbeatSeconds", least=1)
    call = Call(
        state.name,
        _resource(state, arn, arguments),
        arn,
        arguments,
        NO_TIMEOUT_S if timeout is None else timeout,
        heartbeat if waits else None,
    )
    started, outcome, error = executor.now_ms, "aborted", ""
    try:
        result = yield from executor.services.call(call)
        within_limit(result, f"result of the state '{state.name}'")
        outcome = "succeeded"
    except StateFailure as failure:
        outcome, error = "failed", failure.error
        raise
    finally:
        attempts.append(Attempt(started, executor.now_ms, outcome, error))
    return finished(state, frame, view, value, result), state.next


def _resource(state: State, arn: str, arguments: Any) -> str:
    """What is called, as far as the definition says; where a path gives the function's name, as the arguments do."""
    if state.resource == arn and ":lambda:invoke" in arn and isinstance(arguments, dict):
        named = arguments.get("FunctionName")
        return function_name(named) if isinstance(named, str) else arn
    return state.resource
