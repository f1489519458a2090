"""The environment of a clone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.manifest import FunctionManifest, Part
from twinstage.model.rewrite import WITHHELD, clone_substitutions, rewrite_environment
from twinstage.model.tokens import replace_tokens

NAMES = {"dns-plans": "twin-demo-baseline-dns-plans", "Z1": "ZTWIN", "example.internal": "example.internal"}


def test_names_of_production_become_the_twins() -> None:
    rewritten = rewrite_environment({"TABLE": "dns-plans", "ZONES": "Z1,Z2"}, NAMES)

    assert rewritten.values == {"TABLE": "twin-demo-baseline-dns-plans", "ZONES": "ZTWIN,Z2"}
    assert [s.name for s in rewritten.substitutions] == ["TABLE", "ZONES"]


def test_a_name_counts_only_as_a_whole_token() -> None:
    assert rewrite_environment({"TABLE": "old-dns-plans"}, NAMES).values == {"TABLE": WITHHELD}


def test_what_names_nothing_of_the_twin_is_withheld_and_listed_with_the_reason() -> None:
    rewritten = rewrite_environment({"API_KEY": "s3cret"}, NAMES)

    assert rewritten.values == {"API_KEY": WITHHELD}
    assert "names nothing of the twin" in rewritten.substitutions[0].reason


def test_what_the_scenario_keeps_passes_unchanged_and_is_no_substitution() -> None:
    rewritten = rewrite_environment({"LEVEL": "INFO", "TABLE": "dns-plans"}, NAMES, keep=["LEVEL", "TABLE"])

    assert rewritten.values == {"LEVEL": "INFO", "TABLE": "dns-plans"}
    assert rewritten.substitutions == ()


def test_a_name_that_is_the_same_in_the_twin_is_no_substitution() -> None:
    rewritten = rewrite_environment({"ZONE": "example.internal"}, NAMES)

    assert (rewritten.values, rewritten.substitutions) == ({"ZONE": "example.internal"}, ())


def test_the_twins_names_may_be_tokens_that_only_deployment_resolves() -> None:
    rewritten = rewrite_environment({"ZONE": "arn:x/Z1"}, {"Z1": "${Token[TOKEN.12]}"})

    assert rewritten.values == {"ZONE": "arn:x/${Token[TOKEN.12]}"}


def test_reserved_names_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        rewrite_environment({"AWS_REGION": "x", "TWINSTAGE_HANDLER": "y", "FINE": "z"}, NAMES)

    assert [problem.pointer for problem in caught.value.problems] == ["/AWS_REGION", "/TWINSTAGE_HANDLER"]


@given(st.dictionaries(st.text("ABC", min_size=1), st.text()), st.sets(st.text("ABC", min_size=1)))
def test_nothing_of_production_passes_unless_kept_or_known(environment: dict[str, str], keep: set[str]) -> None:
    rewritten = rewrite_environment(environment, {}, keep)

    assert set(rewritten.values) == set(environment)
    assert all(rewritten.values[n] == (environment[n] if n in keep else WITHHELD) for n in environment)


def test_rewriting_leaves_everything_between_names_alone() -> None:
    assert (
        replace_tokens("https://dns-plans:443/Z1?a=Z1x", NAMES)
        == "https://twin-demo-baseline-dns-plans:443/ZTWIN?a=Z1x"
    )


def test_a_clone_lists_its_environment_its_processor_and_that_it_stands_in_no_vpc() -> None:
    function = FunctionManifest(
        "enactor",
        "python3.12",
        "index.handler",
        128,
        3,
        Part("0" * 64, 1),
        {"API_KEY": "s3cret"},
        architecture="arm64",
        vpc={"SubnetIds": ["subnet-1"], "SecurityGroupIds": []},
    )

    assert [s.name for s in clone_substitutions(function, NAMES, architecture="x86_64")] == [
        "Environment.API_KEY",
        "Architectures",
        "VpcConfig",
    ]
    assert [s.name for s in clone_substitutions(function, NAMES, keep=["API_KEY"])] == ["VpcConfig"]
