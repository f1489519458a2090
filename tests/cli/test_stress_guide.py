"""The guide's examples come out as the guide says, and its settings are settings."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from twinstage.cli.commands import command
from twinstage.model.prices import published_prices
from twinstage.model.quotas import published_quotas
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

GUIDE = (Path(__file__).parents[2] / "docs/stress.md").read_text()
BLOCKS = re.findall(r"^```\w*\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def test_the_example_comes_out_as_the_guide_says(twinstage: Callable[..., Ran]) -> None:
    line, said = BLOCKS[1], BLOCKS[2]
    words = shlex.split(line)
    assert words[:2] == ["twinstage", "stress"]
    ran = twinstage(*words[1:])
    assert ran.code == 0, ran.err
    assert ran.out == said


@pytest.mark.parametrize("line", BLOCKS[0].splitlines())
def test_every_command_that_is_shown_is_one_that_there_is(line: str) -> None:
    words = shlex.split(line, comments=True)
    assert words[:2] == ["twinstage", "stress"]
    command("stress").make_context("stress", words[2:])


def test_the_options_of_every_profile_are_the_commands_own() -> None:
    options = {name for parameter in command("stress").params for name in parameter.opts}
    named = set(re.findall(r"`(--[a-z0-9-]+)", GUIDE))
    assert named <= options | {"--json"}


def test_the_settings_that_are_shown_are_settings() -> None:
    section = yaml.safe_load(BLOCKS[3])
    whole = {"target": {"function": "f"}, "load": {"profile": "constant", "rate_per_s": 1, "for_s": 1}, **section}
    assert schema_violations("scenario", whole, part="stress") == []


def test_the_figures_of_the_data_files_are_theirs() -> None:
    quotas, prices = published_quotas(), published_prices()
    assert f"{len(quotas)} quotas" in GUIDE
    assert f"{len(prices)} list prices" in GUIDE
    for quota in re.findall(r"(?<![\w/])(?:route53|dynamodb|lambda)\.[a-z_]+", GUIDE):
        assert quota in quotas
    assert {quota.read_on for quota in quotas.values()} == set(
        re.findall(r"\((20\d\d-\d\d-\d\d)\) and how sure", GUIDE)
    )
    assert {price.confidence for price in prices.values()} == {"general"}, "then the guide says otherwise"


def test_the_result_names_schemas_that_there_are(twinstage: Callable[..., Ran]) -> None:
    for name in re.findall(r"twinstage schema (\w+)", GUIDE):
        assert json.loads(twinstage("schema", name).out)["$id"].startswith("twinstage:")
