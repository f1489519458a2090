"""What is wrong with prepared answers, by the services' own models: one problem for each thing that no such call could be, or be answered with."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from twinstage.model.prepared_answer import EXACT
from twinstage.world.answers.service_models import error_codes, nearest, operation_model, service_model, services
from twinstage.world.answers.typed import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from twinstage.world.answers.typed import Steps

_NEAR = 0.8


class AnswerProblem(NamedTuple):
    """One problem, at the place in the entry that `steps` lead to."""

    steps: Steps
    message: str
    hint: str


def answer_problems(entry: Mapping[str, Any]) -> list[AnswerProblem]:
    """Every problem of one entry of the right shape (see `scenario.schema.json`, `answer`)."""
    found: list[AnswerProblem] = []

    def note(steps: Steps, message: str, hint: str) -> None:
        found.append(AnswerProblem(steps, message, hint))

    service, operation = entry["service"], entry["operation"]
    if service in EXACT:
        note(("service",), f"{service} is answered exactly by the memory world", "leave the entry out")
        return found
    if service not in services():
        note(("service",), f"boto3 knows no service {service}", nearest(service, services()))
        return found
    model = operation_model(service, operation)
    if model is None:
        names = service_model(service).operation_names
        note(("operation",), f"{service} has no operation {operation}", nearest(operation, names))
        return found
    typed(model.input_shape, entry.get("parameters", {}), ("parameters",), note)
    if "response" in entry:
        told = {name: value for name, value in entry["response"].items() if name != "ResponseMetadata"}
        if model.has_event_stream_output:
            note(("response",), f"{service} {operation} answers with a stream of events, which cannot be prepared", "")
        else:
            typed(model.output_shape, told, ("response",), note)
    if "error" in entry:
        _error(model, entry["error"]["code"], note)
    return found


def _error(model: OperationModel, code: str, note: Any) -> None:
    """A code that is nearly one of the operation's own is a slip: its exception would not be raised."""
    codes = error_codes(model)
    own = set(codes.values())
    if code in own:
        return
    if code in codes:
        note(("error", "code"), f"the code of {code} is {codes[code]}", "write the code")
        return
    near = get_close_matches(code, sorted(own), n=1, cutoff=_NEAR)
    if near:
        note(("error", "code"), f"{model.name} has no error {code}", f"perhaps {near[0]}")
