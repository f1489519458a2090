"""Item readers: JSON lines beside the JSON and CSV that moto reads."""

from __future__ import annotations

import enum
import json
from typing import Any

from twinstage.local.moto_contract import extends

_READER = "moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader"


class _JsonLines(enum.Enum):
    """moto's InputTypeValue is a closed enum."""

    JSONL = "JSONL"


def install() -> None:
    """Accept `InputType: JSONL` and read one item a line."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_output_transformer.transformer_json import (
        ResourceOutputTransformerJson,
    )

    class Lines(ResourceOutputTransformerJson):  # type: ignore[misc]  # moto has no type information
        """One JSON value a line; empty lines are not items."""

        def _eval_body(self, env: Any) -> None:
            config = env.stack.pop()
            text: str = env.stack.pop()
            items = [json.loads(line) for line in text.split("\n") if line.strip()]
            env.stack.append(items[: config["MaxItemsValue"]])

    @extends(f"{_READER}.reader_config.input_type:InputType.__init__")
    def initialise(original: Any, declared: Any, input_type: str) -> None:
        if input_type == _JsonLines.JSONL.value:
            declared.input_type_value = _JsonLines.JSONL
        else:
            original(declared, input_type)

    @extends(f"{_READER}.item_reader_decl:resource_output_transformer_for")
    def transformer_for(original: Any, input_type: Any) -> Any:
        return Lines() if input_type.input_type_value is _JsonLines.JSONL else original(input_type)
