"""Creating and updating machines: refused loudly or parsed once. moto parses anew for each check and each execution."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from twinstage.local.moto_contract import extends
from twinstage.local.stepfunctions.definitions import problems

_KEPT = 32
_BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"


def install() -> None:
    """Keep parsed definitions (moto's components hold no state), and refuse what cannot be run."""
    from moto.stepfunctions.parser.api import InvalidDefinition, StateMachineTypeNotSupported

    parsed: OrderedDict[str, Any] = OrderedDict()
    lock = threading.Lock()

    @extends("moto.stepfunctions.parser.asl.parse.asl_parser:AmazonStateLanguageParser.parse")
    def parse(original: Any, definition: str) -> Any:
        with lock:
            if definition in parsed:
                parsed.move_to_end(definition)
                return parsed[definition]
        program = original(definition)
        with lock:
            parsed[definition] = program
            while len(parsed) > _KEPT:
                parsed.popitem(last=False)
        return program

    @extends(f"{_BACKEND}._validate_definition")
    def validate(original: Any, definition: str) -> None:
        if found := problems(definition):
            raise InvalidDefinition(message=f"Invalid State Machine Definition: {'; '.join(found)}")
        original(definition=definition)

    @extends(f"{_BACKEND}.create_state_machine")
    def create_state_machine(original: Any, backend: Any, *arguments: Any, **named: Any) -> Any:
        if named.get("sm_type") == "EXPRESS":
            raise StateMachineTypeNotSupported("the embedded AWS runs STANDARD state machines only")
        return original(backend, *arguments, **named)
