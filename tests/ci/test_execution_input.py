"""What "Start execution" takes: a scenario's name is enough, and whatever the twin cannot rehearse is refused before anything is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.handlers.accepting import accept
from twinstage.handlers.stage import Stage, StageEnvironment
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError
from twinstage.rehearse.published import Published, find_published, publish
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUN, DIGEST = "demo", "sha256:" + "1" * 64
FILES = {
    "input/scenario.json": b'{"name": "dns"}',
    "input/events.jsonl": b'{"id": "e1"}\n',
    "input/run.json": b'{"run": "local-1", "scenario": "dns", "submitter": "carol"}',
    "input/code/enactor.zip": b"PK",
}


def published(scenario: str = "dns", **others: Any) -> Published:
    named = {key: sha256_hex(content) for key, content in FILES.items()}
    return replace(Published(scenario, DIGEST, DIGEST, DIGEST, {}, named), **others)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@pytest.fixture
def stage(store: DirectoryStore) -> Stage:
    settings = StageEnvironment("bucket", RUN, "vpc-1", "us-east-1", "ledger")
    return Stage(PrefixStore(store, f"runs/{RUN}"), store, settings)


def twin(**others: str) -> Mapping[str, str]:
    return {"TWIN_SNAPSHOT": DIGEST, "TWIN_CLONES": DIGEST, **others}


def refused(stage: Stage, given: Any, variables: Mapping[str, str] | None = None) -> str:
    with pytest.raises(InputError) as raised:
        accept(stage, given, variables or twin())
    assert list(stage.results.list("")) == []
    return raised.value.message


@pytest.mark.parametrize(
    "given", [{"scenario": "dns"}, {}, {"Comment": "Insert your JSON here"}, {"scenario": "dns", "run": RUN}]
)
def test_the_one_scenario_that_is_published_is_laid_out_as_the_runs_input(
    stage: Stage, store: DirectoryStore, given: Any
) -> None:
    publish(store, published(), FILES.values())

    accept(stage, given, twin())

    assert set(stage.results.list("")) == set(FILES)
    assert stage.results.get("input/events.jsonl") == FILES["input/events.jsonl"]
    run = json.loads(stage.results.get("input/run.json"))
    assert run == {"run": RUN, "scenario": "dns", "submitter": "carol", "published": published().digest}


def test_a_name_means_what_was_published_last_and_a_digest_what_it_says(stage: Stage, store: DirectoryStore) -> None:
    first, second = published(context={"n": 1}), published(context={"n": 2})
    for each in (first, second):
        publish(store, each, FILES.values())

    assert find_published(store, "dns") == second
    assert find_published(store, first.reference) == first
    assert find_published(store, first.digest) == first


def test_without_a_scenario_it_is_the_one_that_the_twin_was_deployed_for(stage: Stage, store: DirectoryStore) -> None:
    mine = published()
    for each in (mine, published(context={"later": True}), published("another")):
        publish(store, each, FILES.values())

    accept(stage, {}, twin(TWIN_SCENARIO=mine.digest))

    assert json.loads(stage.results.get("input/run.json"))["published"] == mine.digest


def test_nothing_of_an_earlier_input_stays(stage: Stage, store: DirectoryStore) -> None:
    stage.results.put("input/code/forgotten.zip", b"PK")
    publish(store, published(), FILES.values())

    accept(stage, {"scenario": "dns"}, twin())

    assert set(stage.results.list("")) == set(FILES)


def test_a_run_alone_rehearses_what_lies_there(stage: Stage) -> None:
    stage.results.put("input/run.json", b"{}")

    accept(stage, {"run": RUN}, twin())

    assert list(stage.results.list("")) == ["input/run.json"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "is not of type 'object'"),
        ("dns", "is not of type 'object'"),
        ({"scenario": 7}, "at /scenario: 7 is not of type 'string'"),
        ({"scenario": "../runs"}, "at /scenario: "),
        ({"scenarios": "dns"}, "'scenarios' was unexpected"),
        ({"run": "another"}, "at /run: this is the twin of run demo"),
        ({"scenario": "unknown"}, "no scenario unknown is published (published are: another, dns)"),
        ({"scenario": f"dns@{DIGEST}"}, "is published"),
        ({}, 'give {"scenario": NAME}, of another, dns'),
        ({"run": RUN}, "nothing lies there"),
    ],
)
def test_an_input_that_is_none_is_refused_with_what_is_wrong(
    stage: Stage, store: DirectoryStore, given: Any, why: str
) -> None:
    for name in ("dns", "another"):
        publish(store, published(name), FILES.values())

    assert why in refused(stage, given)


def test_nothing_published_is_told_with_how_to(stage: Stage) -> None:
    assert "no scenario is published (`twinstage scenario publish`)" in refused(stage, {})


@pytest.mark.parametrize(
    ("variable", "why"),
    [("TWIN_SNAPSHOT", "it is published for the state"), ("TWIN_CLONES", "its arms and functions are")],
)
def test_a_scenario_that_another_twin_is_for_is_refused(
    stage: Stage, store: DirectoryStore, variable: str, why: str
) -> None:
    publish(store, published(), FILES.values())

    assert why in refused(stage, {"scenario": "dns"}, twin(**{variable: "sha256:" + "2" * 64}))


@pytest.mark.parametrize("spoil", [b"another", None], ids=["changed", "missing"])
def test_what_is_not_what_was_published_is_refused_by_name(
    stage: Stage, store: DirectoryStore, spoil: bytes | None
) -> None:
    publish(store, published(), FILES.values())
    key = "objects/" + published().files["input/events.jsonl"]
    store.put(key, spoil) if spoil else store.delete(key)

    assert f"{key}: input/events.jsonl of {published().reference}" in refused(stage, {"scenario": "dns"})


def test_a_document_under_another_name_is_refused(stage: Stage, store: DirectoryStore) -> None:
    publish(store, published(), FILES.values())
    store.copy("scenarios/dns.json", "scenarios/another.json")

    assert "and not what its name says" in refused(stage, {"scenario": "another"})
