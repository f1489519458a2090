"""The environment of a clone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.manifest import FunctionManifest, FunctionVersion, Part
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


BEYOND: dict[str, Any] = {
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []},
    "Description": "enacts plans",
    "KMSKeyArn": "arn:aws:kms:us-east-1:111111111111:key/k",
    "TracingConfig": {"Mode": "Active"},
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111111111111:dead"},
    "SnapStart": {"ApplyOn": "PublishedVersions"},
    "LoggingConfig": {"LogFormat": "JSON"},
    "ReservedConcurrentExecutions": 0,
    "ProvisionedConcurrency": [{"Qualifier": "live", "ProvisionedConcurrentExecutions": 1}],
    "EventInvokeConfigs": [{"Qualifier": "$LATEST", "MaximumRetryAttempts": 0}],
    "Tags": {"team": "dns"},
}


def cloned(*, withheld: tuple[str, ...] = (), **configuration: Any) -> FunctionManifest:
    return FunctionManifest("enactor", {"Environment": {}, **configuration}, Part("0" * 64, 1), withheld=withheld)


def test_a_clone_lists_its_environment_its_processor_and_that_it_stands_in_no_vpc() -> None:
    function = cloned(Environment={"API_KEY": "s3cret"}, Architectures=["arm64"], VpcConfig=BEYOND["VpcConfig"])

    assert [s.name for s in clone_substitutions(function, NAMES, architecture="x86_64")] == [
        "Environment.API_KEY",
        "Architectures",
        "VpcConfig",
    ]
    assert [s.name for s in clone_substitutions(function, NAMES, keep=["API_KEY"])] == ["VpcConfig"]


@pytest.mark.parametrize("field", BEYOND)
def test_whatever_a_clone_does_not_have_of_its_functions_configuration_is_listed(field: str) -> None:
    assert [s.name for s in clone_substitutions(cloned(**{field: BEYOND[field]}), NAMES)] == [field]


def test_versions_and_aliases_are_listed_and_a_value_that_was_never_captured_is_named_even_where_it_is_to_be_kept() -> (
    None
):
    function = cloned(withheld=("API_KEY",), Environment={"API_KEY": ""})
    version = FunctionVersion("1", function.configuration, function.code)
    alias = {"Name": "live", "FunctionVersion": "1"}

    found = clone_substitutions(replace(function, versions=(version,), aliases=(alias,)), NAMES, keep=["API_KEY"])

    assert [s.name for s in found] == ["Environment.API_KEY", "Versions", "Aliases"]
    assert found[0].reason == "its value never entered the snapshot"
