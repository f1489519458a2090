"""The real stacks, synthesized once a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.stacks.conftest import context, manifest, templates  # noqa: F401  these are fixtures

if TYPE_CHECKING:
    from tests.stacks.sample_twin import Template


@pytest.fixture(scope="session")
def stacks(templates: dict[str, Template]) -> dict[str, dict[str, Any]]:  # noqa: F811  the fixture's name
    """capture, platform and twin -> template."""
    return {name.split("-")[1]: template.document for name, template in templates.items()}
