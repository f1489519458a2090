"""What "Start execution" takes: a scenario's name is enough, and whatever the twin cannot rehearse is refused before anything is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.handlers.accepting import accept
from twinstage.handlers.stage import Stage, StageEnvironment
from twinstage.model.canonical import pretty_json, sha256_hex
from twinstage.model.captured import ZoneManifest
from twinstage.model.clones import clones_digest
from twinstage.model.errors import InputError
from twinstage.model.manifest import new_manifest
from twinstage.rehearse.published import Published, find_published, publish
from twinstage.state.snapshot import put_manifest, put_record_sets
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUN, DIGEST, OTHER = "demo", "sha256:" + "1" * 64, "sha256:" + "2" * 64
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


FUNCTION = {"code": "candidate", "handler": "app.handler", "environment": {"MODE": "new"}}
SCHEMA_STEP = {"id": "table-hosts", "kind": "table", "table": "hosts", "schema": {}, "keeps": []}
FUNCTION_STEP = {"id": "function-enactor", "kind": "function", "function": "enactor"}


@pytest.fixture
def lying(stage: Stage, store: DirectoryStore) -> dict[str, Any]:
    """A run's input laid out by hand: a function with other code, a table with another schema, a zone that the log makes. Gives the documents, by key."""
    records = put_record_sets(store, [])
    zone = ZoneManifest("Z1", "example.net.", False, 0, records)
    captured = {"at": "2026-01-05T09:00:00Z", "account": "111111111111", "region": "us-east-1"}
    manifest = new_manifest(captured, "twinstage tests", [zone], [], [])
    put_manifest(store, manifest)
    code = {"baseline": {}, "candidate": {"enactor": DIGEST}}
    made = [
        {"id": f"e{n}", "timestamp": "2026-01-05T09:00:00Z", "type": "zone_create", "payload": {"zone": name, "zone_id": id_}}
        for n, (name, id_) in enumerate([("example.net.", "Z1"), ("made.example.", "Z2")])
    ]  # fmt: skip
    documents = {
        "input/run.json": {"run": RUN, "snapshot": manifest.digest, "snapshot_id": manifest.id, "code": code},
        "input/scenario.json": {
            "name": "dns",
            "capture": {"zones": ["example.net."]},
            "change": {"functions": {"enactor": FUNCTION}, "steps": [SCHEMA_STEP, FUNCTION_STEP]},
            "environment": {"keep": ["LOG_LEVEL"]},
            "events": {"file": "events.jsonl"},
        },
    }
    for key, document in documents.items():
        stage.results.put(key, pretty_json(document))
    stage.results.put("input/events.jsonl", b"".join(json.dumps(each).encode() + b"\n" for each in made))
    return documents


def its_twin(lying: Mapping[str, Any], **others: Any) -> Mapping[str, str]:
    """What the twin of that input was deployed with."""
    given: dict[str, Any] = {
        "packages": {"enactor": "1" * 64},
        "changes": {"enactor": {name: FUNCTION[name] for name in ("handler", "environment")}},
        "keep": ("LOG_LEVEL",),
        "stress": "",
        "spare_zones": ("made.example.",),
        "shaped_tables": ("hosts",),
    }
    clones = clones_digest(("baseline", "candidate"), **{**given, **others})
    return twin(TWIN_SNAPSHOT=lying["input/run.json"]["snapshot"], TWIN_CLONES=clones)


def test_a_run_alone_rehearses_what_lies_there(stage: Stage, lying: dict[str, Any]) -> None:
    before = {key: stage.results.get(key) for key in stage.results.list("")}

    accept(stage, {"run": RUN}, its_twin(lying))

    assert {key: stage.results.get(key) for key in stage.results.list("")} == before


def refused_as_it_lies(stage: Stage, variables: Mapping[str, str]) -> str:
    before = {key: stage.results.get(key) for key in stage.results.list("")}
    with pytest.raises(InputError) as raised:
        accept(stage, {"run": RUN}, variables)
    assert {key: stage.results.get(key) for key in stage.results.list("")} == before
    return raised.value.message


@pytest.mark.parametrize(
    "other",
    [
        {"packages": {"enactor": "3" * 64}},
        {"changes": {"enactor": {"handler": "app.handler"}}},
        {"keep": ()},
        {"stress": "zone"},
        {"spare_zones": ()},
        {"shaped_tables": ()},
    ],
    ids=str,
)
def test_what_lies_there_is_refused_by_a_twin_that_was_deployed_with_other_things(
    stage: Stage, lying: dict[str, Any], other: dict[str, Any]
) -> None:
    assert "what its twin must be made of is" in refused_as_it_lies(stage, its_twin(lying, **other))


def test_what_lies_there_is_refused_by_the_twin_of_another_state(stage: Stage, lying: dict[str, Any]) -> None:
    why = refused_as_it_lies(stage, {**its_twin(lying), "TWIN_SNAPSHOT": OTHER})

    assert f"runs/{RUN}/input: it is for the state" in why


def claiming(stage: Stage, lying: dict[str, Any], **members: Any) -> None:
    stage.results.put("input/run.json", pretty_json({**lying["input/run.json"], **members}))


def test_code_that_was_never_deployed_is_not_rehearsed_in_its_name(stage: Stage, lying: dict[str, Any]) -> None:
    claiming(stage, lying, code={"baseline": {}, "candidate": {"enactor": OTHER}})

    assert "what its twin must be made of is" in refused_as_it_lies(stage, its_twin(lying))


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"snapshot": OTHER}, "input/run.json at /snapshot: it names the state " + OTHER),
        ({"snapshot_id": OTHER}, "no such snapshot"),
        ({"code": {"baseline": {}}}, f"runs/{RUN}/input: it is not what a run is given"),
    ],
    ids=["another state", "no snapshot", "no code"],
)
def test_an_input_that_does_not_hold_together_is_refused(
    stage: Stage, lying: dict[str, Any], members: dict[str, Any], why: str
) -> None:
    claiming(stage, lying, **members)

    assert why in refused_as_it_lies(stage, its_twin(lying))


def test_half_of_an_input_is_refused_by_what_is_missing(stage: Stage, lying: dict[str, Any]) -> None:
    stage.results.delete("input/events.jsonl")

    assert f"runs/{RUN}/input: input/events.jsonl is missing" in refused_as_it_lies(stage, its_twin(lying))


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
    [("TWIN_SNAPSHOT", "it is for the state"), ("TWIN_CLONES", "what its twin must be made of is")],
)
def test_a_scenario_that_another_twin_is_for_is_refused(
    stage: Stage, store: DirectoryStore, variable: str, why: str
) -> None:
    publish(store, published(), FILES.values())

    assert why in refused(stage, {"scenario": "dns"}, twin(**{variable: OTHER}))


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
