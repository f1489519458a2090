from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.recorder.loopback_aws import Aws, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[Layer]:
    """The recorder, with an AWS of its own to call."""
    aws = Aws()
    server = aws.serve()
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    yield Layer(aws, tmp_path)
    server.shutdown()
    serving.join()
    server.server_close()
