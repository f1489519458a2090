"""Reading a policy document: what it says, and everything that is wrong with one at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.isolation.policy.document import Policy, Principals, parse_policy
from twinstage.isolation.policy.operators import BASES, Operator, parse_operator
from twinstage.model.errors import InputError

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def read(statement: Any, **options: Any) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, **options)


def problems(document: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as refused:
        parse_policy(document, **options)
    return [(problem.pointer, problem.message) for problem in refused.value.problems]


def test_single_values_and_lists_mean_the_same() -> None:
    assert read(ALLOW) == read([{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}])


def test_text_bytes_and_objects_mean_the_same() -> None:
    document = {"Version": "2012-10-17", "Statement": ALLOW}
    assert parse_policy(json.dumps(document)) == parse_policy(json.dumps(document).encode()) == parse_policy(document)


def test_an_absent_element_is_empty_and_its_opposite_is_kept() -> None:
    statement = read({"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["a", "b"]}).statements[0]
    assert (statement.actions, statement.not_actions) == ((), ("iam:*",))
    assert (statement.resources, statement.not_resources) == ((), ("a", "b"))


def test_principals_are_told_by_kind() -> None:
    statement = {**ALLOW, "Principal": {"AWS": ["*", "111111111111"], "Service": "lambda.amazonaws.com"}}
    found = read(statement, kind="resource").statements[0].principals
    assert found == Principals(everyone=True, aws=("111111111111",), services=("lambda.amazonaws.com",))
    assert read({**ALLOW, "Principal": "*"}, kind="resource").statements[0].principals == Principals(everyone=True)


def test_values_of_conditions_are_text_and_keys_have_no_case() -> None:
    conditions = {"Bool": {"AWS:SecureTransport": True}, "NumericLessThan": {"s3:max-keys": [10, 2.5]}}
    first, second = read({**ALLOW, "Condition": conditions}).statements[0].conditions
    assert (first.key, first.values) == ("aws:securetransport", ("true",))
    assert second.values == ("10", "2.5")


def test_the_old_version_is_the_default_and_has_no_variables() -> None:
    assert parse_policy({"Statement": ALLOW}).statements[0].variables is False
    assert read(ALLOW).statements[0].variables is True


def test_everything_that_is_wrong_is_said_at_once() -> None:
    statement = {
        "Effect": "allow",
        "Action": "GetObject",
        "NotAction": "*",
        "Resource": {"Ref": "X"},
        "Principals": "*",
    }
    assert dict(problems({"Version": "2012", "Statement": [statement, 7], "Extra": 1})) == {
        "/Extra": "no element of a policy",
        "/Statement/0/Action": "Action and NotAction exclude each other",
        "/Statement/0/Effect": "'allow' is no effect",
        "/Statement/0/Principals": "no element of a statement",
        "/Statement/0/Resource": "a string was expected, not dict",
        "/Statement/1": "a statement is a JSON object",
        "/Version": "no version of the policy language: '2012'",
    } | {"/Statement/0/Action": "Action and NotAction exclude each other"}


@pytest.mark.parametrize(
    ("statement", "kind", "pointer"),
    [
        ({"Effect": "Allow", "Action": "s3:*"}, "identity", "/Statement/Resource"),
        ({"Effect": "Allow", "Resource": "*"}, "identity", "/Statement/Action"),
        ({**ALLOW, "Principal": "*"}, "identity", "/Statement/Principal"),
        (ALLOW, "resource", "/Statement/Principal"),
        ({**ALLOW, "Principal": "*"}, "trust", "/Statement/Resource"),
        ({**ALLOW, "Resource": []}, "identity", "/Statement/Resource"),
        ({**ALLOW, "Principal": {"Aws": "*"}}, "resource", "/Statement/Principal/Aws"),
        ({**ALLOW, "Principal": []}, "resource", "/Statement/Principal"),
        ({**ALLOW, "Condition": {"StringIs": {"a": "b"}}}, "identity", "/Statement/Condition/StringIs"),
        ({**ALLOW, "Condition": {"Bool": {}}}, "identity", "/Statement/Condition/Bool"),
        ({**ALLOW, "Condition": {"Bool": {"k:k": {"a": 1}}}}, "identity", "/Statement/Condition/Bool/k:k"),
        ({**ALLOW, "Condition": []}, "identity", "/Statement/Condition"),
        ([], "identity", "/Statement"),
        ([{**ALLOW, "Sid": "a"}, {**ALLOW, "Sid": "a"}], "identity", "/Statement"),
    ],
)
def test_a_document_that_aws_would_not_take(statement: Any, kind: Any, pointer: str) -> None:
    assert pointer in dict(problems({"Version": "2012-10-17", "Statement": statement}, kind=kind))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"Statement": null}', '{"Statement": [], "Statement": []}', "[" * 100_000]
)
def test_text_that_is_no_policy(text: str) -> None:
    assert problems(text)


@given(st.sampled_from(BASES), st.booleans(), st.sampled_from(["", "ForAllValues", "ForAnyValue"]))
def test_an_operator_is_written_as_it_is_read(base: str, if_exists: bool, quantifier: Any) -> None:
    plain = Operator(base) if base == "Null" else Operator(base, if_exists=if_exists, quantifier=quantifier)
    assert parse_operator(str(plain)) == plain


@pytest.mark.parametrize(
    "written", ["NullIfExists", "ForAnyValue:Null", "Any:StringEquals", "stringequals", "StringNot", ""]
)
def test_what_is_no_operator(written: str) -> None:
    assert parse_operator(written) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_read_is_a_policy_or_bad_input(document: Any) -> None:
    try:
        read(document)
    except InputError as refused:
        found = list(refused.problems)
    else:
        return
    assert found
