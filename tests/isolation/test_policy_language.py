"""Actions, resources, variables and conditions: each case rests on a page of AWS's documentation."""

from __future__ import annotations

import pytest

from tests.isolation.policy_cases import (
    ACTION,
    BUCKET,
    CONDITION,
    NOT_ACTION,
    NOT_RESOURCE,
    OBJECT,
    OPERATORS,
    RESOURCE,
    SETS,
    VARIABLES,
    VERSION,
    Case,
    allow,
    deny,
    when,
)

TABLE = "arn:aws:dynamodb:us-east-1:111111111111:table/plans"
TAGS = {"aws:tagkeys": ("team", "run")}
ZONES = {"route53:names": ("a.example", "b.example")}
ADA = {"aws:username": ("ada",)}
HOME = "${aws:username}"


def case(name: str, page: str, allowed: bool, identity: list, **others: object) -> Case:
    return Case(name, page, allowed, identity, **others)  # type: ignore[arg-type]  # the fields are the dataclass's own


WRITING = [
    case("an action has no case", ACTION, True, [allow("S3:getOBJECT")]),
    case("a star in an action is any text", ACTION, True, [allow("s3:Get*")]),
    case("a question mark is one character", ACTION, True, [allow("s3:Get?bject")]),
    case("a question mark is not none", ACTION, False, [allow("s3:GetObject?")]),
    case("a star covers all services", ACTION, True, [allow("*")]),
    case("one service's star is not another's", ACTION, False, [allow("sqs:*")]),
    case("NotAction allows what it does not list", NOT_ACTION, True, [allow(NotAction="iam:*")]),
    case("NotAction does not allow what it lists", NOT_ACTION, False, [allow(NotAction="s3:*")]),
    case("a Deny on NotAction denies all else", NOT_ACTION, False, [allow("*"), deny(NotAction=["sqs:*", "sns:*"])]),
    case("a Deny on NotAction spares what it lists", NOT_ACTION, True, [allow("*"), deny(NotAction="s3:*")]),
    case("a resource has case", RESOURCE, False, [allow(resource=f"{BUCKET}/A.txt")]),
    case("a star in a resource crosses slashes", RESOURCE, True, [allow(resource="arn:aws:s3:::data*")]),
    case("a star that ends a part crosses colons", RESOURCE, True, [allow(resource="arn:aws:dynamodb:*")],
         resource=TABLE),
    case("a table's ARN is not its indexes'", RESOURCE, False, [allow(resource=TABLE)], resource=f"{TABLE}/index/by-age"),
    case("a bucket's ARN is not its objects'", RESOURCE, False, [allow(resource=BUCKET)]),
    case("one of several resources is enough", RESOURCE, True, [allow(resource=["arn:aws:s3:::x/*", OBJECT])]),
    case("an action without resources takes a star", RESOURCE, False, [allow("s3:ListAllMyBuckets", OBJECT)],
         action="s3:ListAllMyBuckets", resource="*"),
    case("NotResource covers what it does not list", NOT_RESOURCE, True, [allow(NotResource="arn:aws:s3:::other/*")]),
    case("NotResource does not cover what it lists", NOT_RESOURCE, False, [allow(NotResource=f"{BUCKET}/*")]),
    case("a Deny on NotResource denies all else", NOT_RESOURCE, False, [allow(), deny(NotResource="arn:aws:s3:::other/*")]),
    case("a variable is the request's value", VARIABLES, True, [allow(resource=f"{BUCKET}/{HOME}/*")],
         resource=f"{BUCKET}/ada/1", context=ADA),
    case("a variable's star is no wildcard", VARIABLES, False, [allow(resource=f"{BUCKET}/{HOME}/1")],
         resource=f"{BUCKET}/ada/1", context={"aws:username": ("*",)}),
    case("a variable the request does not have matches nothing", VARIABLES, False, [allow(resource=f"{BUCKET}/{HOME}*")],
         resource=f"{BUCKET}/ada"),
    case("a variable may have a default", VARIABLES, True, [allow(resource=f"{BUCKET}/${{aws:username, 'all'}}")],
         resource=f"{BUCKET}/all"),
    case("a default gives way to a value", VARIABLES, False, [allow(resource=f"{BUCKET}/${{aws:username, 'all'}}")],
         resource=f"{BUCKET}/all", context=ADA),
    case("a star is written as a variable of its own", VARIABLES, False, [allow(resource=f"{BUCKET}/${{*}}")],
         resource=f"{BUCKET}/ada"),
    case("a written star matches a star", VARIABLES, True, [allow(resource=f"{BUCKET}/${{*}}")], resource=f"{BUCKET}/*"),
    case("a variable before the resource's part is text", VARIABLES, False,
         [allow(resource=f"arn:aws:s3::{HOME}:data/*")],
         resource="arn:aws:s3::ada:data/1", context=ADA),
    case("variables of the old version are text", VERSION, False, [allow(resource=f"{BUCKET}/{HOME}")],
         resource=f"{BUCKET}/ada", context=ADA, version="2008-10-17"),
    case("a variable in a condition", VARIABLES, True, when("StringEquals", "s3:prefix", HOME),
         context={**ADA, "s3:prefix": ("ada",)}),
    case("a variable of many values matches nothing", VARIABLES, False, [allow(resource=f"{BUCKET}/${{aws:TagKeys}}")],
         resource=f"{BUCKET}/team", context=TAGS),
]  # fmt: skip

CONDITIONS = [
    case("a condition key has no case", CONDITION, True, when("StringEquals", "AWS:PrincipalTag/TEAM", "a"),
         context={"aws:principaltag/team": ("a",)}),
    case("one of several values is enough", CONDITION, True, when("StringEquals", "k:k", "a", "b"), context={"k:k": ("b",)}),
    case("every key of a condition must hold", CONDITION, False,
         [allow(Condition={"StringEquals": {"k:a": "1", "k:b": "2"}})], context={"k:a": ("1",), "k:b": ("3",)}),
    case("every operator of a condition must hold", CONDITION, False,
         [allow(Condition={"StringEquals": {"k:a": "1"}, "StringLike": {"k:b": "x*"}})],
         context={"k:a": ("1",), "k:b": ("y",)}),
    case("StringEquals has case", OPERATORS, False, when("StringEquals", "k:k", "A"), context={"k:k": ("a",)}),
    case("StringEquals has no wildcards", OPERATORS, False, when("StringEquals", "k:k", "a*"), context={"k:k": ("ab",)}),
    case("StringEqualsIgnoreCase", OPERATORS, True, when("StringEqualsIgnoreCase", "k:k", "A"), context={"k:k": ("a",)}),
    case("StringLike has wildcards", OPERATORS, True, when("StringLike", "k:k", "a*c?"), context={"k:k": ("abbcd",)}),
    case("StringNotEquals takes none of its values", OPERATORS, False, when("StringNotEquals", "k:k", "a", "b"),
         context={"k:k": ("b",)}),
    case("StringNotLike", OPERATORS, True, when("StringNotLike", "k:k", "x*"), context={"k:k": ("ab",)}),
    case("a key that is missing does not match", OPERATORS, False, when("StringEquals", "k:k", "a")),
    case("a key that is missing matches a negated operator", OPERATORS, True, when("StringNotEquals", "k:k", "a")),
    case("IfExists lets a missing key pass", OPERATORS, True, when("StringEqualsIfExists", "k:k", "a")),
    case("IfExists compares a key that is there", OPERATORS, False, when("StringEqualsIfExists", "k:k", "a"),
         context={"k:k": ("b",)}),
    case("a Deny with a key the request does not have denies nothing", OPERATORS, True,
         [allow(), *when("StringEquals", "ec2:Vpc", "v", effect="Deny")]),
    case("Null true: the key must be missing", OPERATORS, True, when("Null", "k:k", "true")),
    case("Null true: a key that is there", OPERATORS, False, when("Null", "k:k", "true"), context={"k:k": ("a",)}),
    case("Null false: the key must be there", OPERATORS, False, when("Null", "k:k", "false")),
    case("Null false: a key that is there", OPERATORS, True, when("Null", "k:k", "false"), context={"k:k": ("a",)}),
    case("Bool", OPERATORS, True, when("Bool", "aws:SecureTransport", "true"), context={"aws:securetransport": ("true",)}),
    case("Bool takes a JSON boolean", OPERATORS, True, when("Bool", "k:k", True), context={"k:k": ("True",)}),
    case("Bool of a missing key", OPERATORS, False, when("Bool", "k:k", "false")),
    case("numbers are compared as numbers", OPERATORS, True, when("NumericEquals", "k:k", "10.0"), context={"k:k": ("10",)}),
    case("NumericLessThanEquals", OPERATORS, False, when("NumericLessThanEquals", "k:k", 10), context={"k:k": ("10.5",)}),
    case("a number that is none allows nothing", OPERATORS, False, when("NumericEquals", "k:k", "1"), context={"k:k": ("one",)}),
    case("a number that is none is denied", OPERATORS, False,
         [allow(), *when("NumericEquals", "k:k", "1", effect="Deny")], context={"k:k": ("one",)}),
    case("dates are instants", OPERATORS, True, when("DateLessThan", "aws:CurrentTime", "2026-01-01T01:00:00+01:00"),
         context={"aws:currenttime": ("2025-12-31T23:59:59Z",)}),
    case("a date may be seconds since 1970", OPERATORS, True, when("DateGreaterThan", "aws:EpochTime", "100"),
         context={"aws:epochtime": ("101",)}),
    case("an address in a block", OPERATORS, True, when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
         context={"aws:sourceip": ("10.1.2.3",)}),
    case("NotIpAddress", OPERATORS, False, when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
         context={"aws:sourceip": ("10.1.2.3",)}),
    case("an IPv6 address", OPERATORS, True, when("IpAddress", "aws:SourceIp", "2001:db8::/32"),
         context={"aws:sourceip": ("2001:db8::1",)}),
    case("BinaryEquals", OPERATORS, True, when("BinaryEquals", "k:k", "QmluYXJ5"), context={"k:k": ("QmluYXJ5",)}),
    case("ArnLike has wildcards", OPERATORS, True, when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/a*"),
         context={"aws:principalarn": ("arn:aws:iam::111111111111:role/app",)}),
    case("ArnEquals has the same", OPERATORS, True, when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::1*:role/app"),
         context={"aws:principalarn": ("arn:aws:iam::111111111111:role/app",)}),
    case("a star of ArnLike stays in its part", OPERATORS, False, when("ArnLike", "k:k", "arn:aws:s*:x"),
         context={"k:k": ("arn:aws:sns:us-east-1:1:x",)}),
    case("ArnNotLike", OPERATORS, False, when("ArnNotLike", "k:k", "arn:aws:sns:*:*:x"),
         context={"k:k": ("arn:aws:sns:us-east-1:1:x",)}),
    # Sets
    case("ForAllValues: every value of the request is one of the policy's", SETS, True,
         when("ForAllValues:StringEquals", "aws:TagKeys", "team", "run", "x"), context=TAGS),
    case("ForAllValues: one value is not", SETS, False, when("ForAllValues:StringEquals", "aws:TagKeys", "team"), context=TAGS),
    case("ForAllValues of a missing key is true", SETS, True, when("ForAllValues:StringEquals", "aws:TagKeys", "team")),
    case("ForAllValues of an empty value is true", SETS, True, when("ForAllValues:StringEquals", "k:k", "a"), context={"k:k": ("",)}),
    case("ForAllValues with Null false asks for the key", SETS, False,
         [allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": "team"}, "Null": {"aws:TagKeys": "false"}})]),
    case("ForAnyValue: one value is enough", SETS, True, when("ForAnyValue:StringLike", "route53:names", "b.*"), context=ZONES),
    case("ForAnyValue: none is", SETS, False, when("ForAnyValue:StringLike", "route53:names", "c.*"), context=ZONES),
    case("ForAnyValue of a missing key is false", SETS, False, when("ForAnyValue:StringEquals", "k:k", "a")),
    case("ForAnyValue of a missing key is false when negated too", SETS, False, when("ForAnyValue:StringNotEquals", "k:k", "a")),
    case("ForAnyValue negated: one value is none of them", SETS, True, when("ForAnyValue:StringNotEquals", "aws:TagKeys", "team"),
         context=TAGS),
    case("ForAllValues negated: a value is one of them", SETS, False, when("ForAllValues:StringNotEquals", "aws:TagKeys", "team"),
         context=TAGS),
    case("ForAnyValue with IfExists lets a missing key pass", SETS, True, when("ForAnyValue:StringEqualsIfExists", "k:k", "a")),
    case("many values without a set operator allow nothing", SETS, False, when("StringEquals", "aws:TagKeys", "team"), context=TAGS),
    case("many values without a set operator are denied", SETS, False,
         [allow(), *when("StringEquals", "aws:TagKeys", "x", effect="Deny")], context=TAGS),
    # What is not known counts against the caller.
    case("an Allow on a key whose value is not known", CONDITION, False, when("StringEquals", "k:k", "a"),
         undetermined=frozenset({"k:k"})),
    case("a Deny on a key whose value is not known", CONDITION, False, [allow(), *when("Bool", "k:k", "x", effect="Deny")],
         undetermined=frozenset({"k:k"})),
    case("another condition that fails settles it", CONDITION, True,
         [allow(), deny(Condition={"StringEquals": {"k:k": "a", "k:b": "b"}})], undetermined=frozenset({"k:k"})),
]  # fmt: skip


@pytest.mark.parametrize("each", WRITING + CONDITIONS, ids=lambda each: each.name)
def test_is_read_as_aws_documents(each: Case) -> None:
    assert each.decided().allowed is each.allowed, f"{each.page}: {each.decided().why}"


def test_every_case_rests_on_a_page_of_its_own_name() -> None:
    cases = WRITING + CONDITIONS
    assert len({each.name for each in cases}) == len(cases) >= 80
    assert all(each.page.startswith("https://docs.aws.amazon.com/") for each in cases)
