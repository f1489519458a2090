"""Functions of a folder, called in this process over an exact world."""

from __future__ import annotations

import importlib.util
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from twinstage.world.memory.aws import MemoryAws

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "none",
}


@contextmanager
def called(aws: MemoryAws, code: Path, handler: str, environment: Mapping[str, str]) -> Iterator[Callable[[Any], Any]]:
    """The handler of a folder of code, its boto3 clients answered by a world."""
    module, _, name = handler.partition(".")
    spec = importlib.util.spec_from_file_location(f"{code.name}_{module}".replace(".", "_"), code / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    with patch.dict(os.environ, {**CREDENTIALS, "AWS_DEFAULT_REGION": aws.region, **environment}), answering(aws):
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        function = getattr(loaded, name)
        yield lambda event: function(event, None)
