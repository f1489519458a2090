"""Definitions of state machines in YAML, as AWS SAM takes them from `DefinitionUri`; what Step Functions itself takes is JSON.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from __future__ import annotations

import re
from typing import Final

from twinstage.model.reading.yaml_document import Located, located_yaml

# A member that every machine has, at the beginning of a line: nothing that is JSON, or meant to be, looks so.
_MEMBER: Final = re.compile(r"""^["']?(?:StartAt|States)["']?\s*:""", re.MULTILINE)
_JSON: Final = ("{", "[", '"{')


def is_yaml_machine(data: bytes | str) -> bool:
    """Whether a text is meant to be a definition in YAML."""
    return _yaml(data) is not None


def yaml_machine(data: bytes | str, file: str) -> Located | None:
    """The definition and its lines; None where it is not in YAML. Raises InputError with every problem."""
    text = _yaml(data)
    return None if text is None else located_yaml(text, file)


def _yaml(data: bytes | str) -> str | None:
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if text.lstrip().startswith(_JSON) or _MEMBER.search(text) is None else text
