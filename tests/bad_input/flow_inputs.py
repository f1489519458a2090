"""Bad data flows: what `simulate` is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.bad_input.case import Bad
from tests.bad_input.good import write

if TYPE_CHECKING:
    from pathlib import Path

_STAGE: dict[str, Any] = {"name": "work", "service": 1, "routes": [{"to": "lake"}]}


def given(name: str, content: str | bytes, *says: str) -> Bad:
    """A data flow's file with this content."""

    def build(folder: Path) -> list[str]:
        write(folder / "flow.yaml", content)
        return ["simulate", "flow.yaml", "--records", "200", "--loop", "pure", "--seed", "1"]

    return Bad(name, build, says)


def stage(name: str, *says: str, **features: Any) -> Bad:
    """A data flow of one stage that has these features, one a line."""
    members = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in (_STAGE | features).items())
    source = '{"name": "s", "rate": 1, "to": "work"}'
    text = f'{{"sources": [{source}],\n"products": [{{"name": "lake"}}],\n"stages": [{{\n{members}}}]}}'
    return given(name, text, "flow.yaml:", *says)


FLOW_INPUTS = [
    given("flow-of-nothing", "sources: []\nstages: []\nproducts: []\n", "flow.yaml:1", "/sources", "flow.yaml:3"),
    given("flow-unknown-member", "sources: 5\nstage: []\nproducts: []\n", "flow.yaml:1", "'stage' was unexpected"),
    given("flow-alias-bomb", "sources: &a [1]\nstages: [*a, *a]\nproducts: []\n", "flow.yaml:2", "aliases are refused"),
    given("flow-not-utf-8", b"sources: []\nstages: \xff\n", "not UTF-8"),
    given("flow-nan", '{"sources": [\nNaN]}', "flow.yaml:2", "not a JSON number"),
    given("flow-duplicate-member", '{"sources": [],\n"sources": []}', "flow.yaml:2", "appears twice"),
    given("flow-depth-bomb", '{"sources":' + "[" * 500_000, "nested deeper"),
    given("flow-of-blanks", "sources:" + " " * 100 + "\n" * 900_000, "/sources"),
    given("flow-too-long", "sources:\n" + "# \n" * 400_000, "more than 1048576 bytes"),
    given("flow-number-bomb", '{"stages": [{"service": 1e999999999}]}', "/stages/0/service"),
    stage(
        "flow-no-such-stage", "/stages/0/routes/0/to", "there is no stage or product 'moon'", routes=[{"to": "moon"}]
    ),
    stage("flow-for-ever", "/stages/0/routes", "go round for ever", routes=[{"to": "work"}]),
    stage("flow-probabilities", "add up to 0.5", routes=[{"to": "lake", "probability": 0.5}]),
    stage("flow-endless-service", "flow.yaml:5 at /stages/0/service", service={"mean_s": 1, "variation": 1000}),
    stage("flow-service-that-overflows", "/stages/0/service", "no such duration", service={"mu": 100, "sigma": 100}),
    stage("flow-partitions-without-keys", "/stages/0/partitions", "some source has no keys", partitions={"number": 2}),
    stage("flow-centuries", "longer than 4611686018 s of virtual time", service=99_999_999),
    stage("flow-very-many-servers", "/stages/0/servers", servers=10**15),
    stage("flow-control-characters", "/stages/0/routes", routes=[{"to": "\x1b[2J\u202e"}]),
]
