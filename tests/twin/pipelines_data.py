"""Where other people's pipelines are, beside the checkout; tests that need them say so where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

PIPELINES = Path(__file__).parents[2] / "../shared/data/pipelines"
needs_data = pytest.mark.skipif(not PIPELINES.is_dir(), reason="the recorded pipelines are not beside this checkout")


def files(folder: str, pattern: str = "*.json") -> list[Path]:
    """The files of a folder in their order; none where the data is not there."""
    return sorted((PIPELINES / folder).glob(pattern))
