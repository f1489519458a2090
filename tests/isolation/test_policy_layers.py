"""Which policies have a say, and which of them decides: each case rests on a page of AWS's documentation."""

from __future__ import annotations

import pytest

from tests.isolation.policy_cases import (
    AS_ROLE,
    AS_USER,
    BASICS,
    BOUNDARIES,
    BUCKET,
    CROSS,
    EXTERNAL_ID,
    KMS,
    LOGIC,
    NOT_PRINCIPAL,
    OBJECT,
    OTHER,
    OWN,
    POLICIES,
    PRINCIPAL,
    ROLE,
    ROOT,
    SESSION,
    SESSIONS,
    TRUST,
    USER,
    Case,
    allow,
    deny,
    trusting,
)

TARGET = f"arn:aws:iam::{OWN}:role/target"
FOREIGN_TARGET = f"arn:aws:iam::{OTHER}:role/target"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1"
RUN_TAGGED = {"StringLike": {"aws:RequestTag/run": "*"}}


def to(principal: object, **elements: object) -> dict[str, object]:
    return allow(resource=f"{BUCKET}/*", Principal=principal, **elements)


def away(principal: object) -> dict[str, object]:
    return deny(resource=f"{BUCKET}/*", NotPrincipal=principal)


CASES = [
    Case("nothing is allowed by nobody's policy", LOGIC, False),
    Case("an identity policy's Allow is enough in one account", LOGIC, True, [allow()]),
    Case("an Allow of another action is none", LOGIC, False, [allow("s3:PutObject")]),
    Case("an explicit Deny wins over an Allow", LOGIC, False, [allow(), deny()]),
    Case("the order of statements does not matter", LOGIC, False, [deny(), allow("*")]),
    Case("a Deny of another resource leaves the Allow", LOGIC, True, [allow(), deny(resource=f"{BUCKET}/b.txt")]),
    Case("a Deny that a condition rules out leaves the Allow", LOGIC, True,
         [allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}})], context={"aws:securetransport": ("true",)}),
    Case("a resource policy's Deny wins over an identity's Allow", LOGIC, False, [allow()],
         resource_policy=[deny(Principal="*")]),
    Case("a resource policy's Deny of somebody else is not mine", PRINCIPAL, True, [allow()],
         resource_policy=[deny(Principal={"AWS": USER})]),
    # Permissions boundaries
    Case("a boundary alone grants nothing", BOUNDARIES, False, None, boundary=[allow()]),
    Case("identity and boundary both allow", BOUNDARIES, True, [allow()], boundary=[allow()]),
    Case("what the boundary does not allow is not allowed", BOUNDARIES, False, [allow("*")], boundary=[allow("s3:PutObject")]),
    Case("a boundary's Deny wins", BOUNDARIES, False, [allow("*")], boundary=[allow("*"), deny()]),
    Case("a boundary over another resource does not allow this one", BOUNDARIES, False, [allow("*")],
         boundary=[allow(resource=f"{BUCKET}/b*")]),
    Case("a boundary limits what a resource policy gives a role", BOUNDARIES, False, None, boundary=[allow("s3:PutObject")],
         resource_policy=[to({"AWS": ROLE})]),
    Case("a boundary does not limit what a resource policy gives a session by name", BOUNDARIES, True, None,
         boundary=[allow("s3:PutObject")], resource_policy=[to({"AWS": SESSION})]),
    Case("a boundary does not limit what a resource policy gives a user by name", BOUNDARIES, True, None,
         boundary=[allow("s3:PutObject")], resource_policy=[to({"AWS": USER})], principal=AS_USER),
    Case("a boundary's Deny limits even a session that is named", BOUNDARIES, False, None, boundary=[allow(), deny()],
         resource_policy=[to({"AWS": SESSION})]),
    # Session policies
    Case("a session policy limits its session", POLICIES, False, [allow()], session=[allow("s3:PutObject")]),
    Case("identity and session both allow", POLICIES, True, [allow()], session=[allow("s3:*")]),
    Case("a session policy alone grants nothing", POLICIES, False, None, session=[allow()]),
    Case("a session policy's Deny wins", POLICIES, False, [allow()], session=[allow("*"), deny()]),
    Case("a session policy limits what a resource policy gives the role", POLICIES, False, None,
         session=[allow("s3:PutObject")], resource_policy=[to({"AWS": ROLE})]),
    Case("a session that a resource policy names is not limited by its session policy", POLICIES, True, None,
         session=[allow("s3:PutObject")], resource_policy=[to({"AWS": SESSION})]),
    Case("boundary and session policy must both allow", POLICIES, False, [allow()], boundary=[allow()],
         session=[allow("s3:PutObject")]),
    # Resource policies in one account
    Case("a resource policy that names the role is enough", BASICS, True, None, resource_policy=[to({"AWS": ROLE})]),
    Case("a resource policy that names the user is enough", BASICS, True, None, resource_policy=[to({"AWS": USER})], principal=AS_USER),
    Case("a resource policy that names the account delegates, and grants nothing", PRINCIPAL, False, None,
         resource_policy=[to({"AWS": ROOT})]),
    Case("an account by its number is the same as by its root", PRINCIPAL, False, None, resource_policy=[to({"AWS": OWN})]),
    Case("a resource policy for everybody is enough", PRINCIPAL, True, None, resource_policy=[to("*")]),
    Case("AWS: * is everybody too", PRINCIPAL, True, None, resource_policy=[to({"AWS": "*"})]),
    Case("a service principal is no role", PRINCIPAL, False, None, resource_policy=[to({"Service": "lambda.amazonaws.com"})]),
    Case("another session of the role is somebody else", PRINCIPAL, False, None,
         resource_policy=[to({"AWS": f"arn:aws:sts::{OWN}:assumed-role/app/other"})]),
    Case("a resource policy that says nothing of the caller leaves the identity's Allow", BASICS, True, [allow()],
         resource_policy=[to({"AWS": USER})]),
    # Accounts
    Case("another account's resource takes both: identity alone is not enough", CROSS, False, [allow()], owner=OTHER),
    Case("another account's resource takes both: its policy alone is not enough", CROSS, False, None, owner=OTHER,
         resource_policy=[to({"AWS": ROLE})]),
    Case("another account's resource with both", CROSS, True, [allow()], owner=OTHER, resource_policy=[to({"AWS": ROLE})]),
    Case("another account may name the account, which may delegate", CROSS, True, [allow()], owner=OTHER,
         resource_policy=[to({"AWS": ROOT})]),
    Case("the boundary limits what another account gives", CROSS, False, [allow()], boundary=[allow("s3:PutObject")],
         owner=OTHER, resource_policy=[to({"AWS": ROLE})]),
    Case("another account's Deny wins", CROSS, False, [allow()], owner=OTHER,
         resource_policy=[to({"AWS": ROLE}), deny(Principal="*")]),
    Case("another account that names a third one names nobody here", CROSS, False, [allow()], owner=OTHER,
         resource_policy=[to({"AWS": "arn:aws:iam::333333333333:root"})]),
    # NotPrincipal
    Case("a Deny on NotPrincipal spares who is listed with session, role and account", NOT_PRINCIPAL, True, [allow()],
         resource_policy=[away({"AWS": [SESSION, ROLE, ROOT]})]),
    Case("a Deny on NotPrincipal denies who is listed without the account", NOT_PRINCIPAL, False, [allow()],
         resource_policy=[away({"AWS": [SESSION, ROLE]})]),
    Case("a Deny on NotPrincipal denies a session whose role alone is listed", NOT_PRINCIPAL, False, [allow()],
         resource_policy=[away({"AWS": [ROLE, ROOT]})]),
    Case("a Deny on NotPrincipal denies whoever has a boundary", NOT_PRINCIPAL, False, [allow()], boundary=[allow()],
         resource_policy=[away({"AWS": [SESSION, ROLE, ROOT]})]),
    Case("a Deny on NotPrincipal spares a user who is listed with the account", NOT_PRINCIPAL, True, [allow()],
         resource_policy=[away({"AWS": [USER, ROOT]})], principal=AS_USER),
    Case("an Allow on NotPrincipal allows everybody else", NOT_PRINCIPAL, True, None,
         resource_policy=[allow(NotPrincipal={"AWS": USER})]),
    Case("an Allow on NotPrincipal does not allow who is listed", NOT_PRINCIPAL, False, None,
         resource_policy=[allow(NotPrincipal={"AWS": ROLE})]),
    # Assuming roles
    Case("a role is assumed by whom its trust policy names", TRUST, True, None, trust=[trusting({"AWS": ROLE})],
         action="sts:AssumeRole", resource=TARGET),
    Case("an identity's Allow does not do without the trust policy", TRUST, False, [allow("sts:AssumeRole")],
         trust=[trusting({"Service": "lambda.amazonaws.com"})], action="sts:AssumeRole", resource=TARGET),
    Case("a trust policy that names the account takes the identity's Allow too", TRUST, True, [allow("sts:AssumeRole", TARGET)],
         trust=[trusting({"AWS": OWN})], action="sts:AssumeRole", resource=TARGET),
    Case("a trust policy that names the account is not enough", TRUST, False, None, trust=[trusting({"AWS": OWN})],
         action="sts:AssumeRole", resource=TARGET),
    Case("another account's role takes both", TRUST, False, None, trust=[trusting({"AWS": ROLE})], action="sts:AssumeRole",
         resource=FOREIGN_TARGET, owner=OTHER),
    Case("the external id must be given", EXTERNAL_ID, False, [allow("sts:*")], action="sts:AssumeRole", resource=FOREIGN_TARGET,
         owner=OTHER, trust=[trusting({"AWS": OWN}, Condition={"StringEquals": {"sts:ExternalId": "x"}})]),
    Case("the external id must be the right one", EXTERNAL_ID, False, [allow("sts:*")], action="sts:AssumeRole",
         resource=FOREIGN_TARGET, owner=OTHER, context={"sts:externalid": ("y",)},
         trust=[trusting({"AWS": OWN}, Condition={"StringEquals": {"sts:ExternalId": "x"}})]),
    Case("with the external id the role is assumed", EXTERNAL_ID, True, [allow("sts:*")], action="sts:AssumeRole",
         resource=FOREIGN_TARGET, owner=OTHER, context={"sts:externalid": ("x",)},
         trust=[trusting({"AWS": OWN}, Condition={"StringEquals": {"sts:ExternalId": "x"}})]),
    Case("session tags take sts:TagSession in the trust policy", SESSIONS, False, [allow("sts:*")], action="sts:TagSession",
         resource=FOREIGN_TARGET, owner=OTHER, trust=[trusting({"AWS": OWN})], context={"aws:requesttag/run": ("r",)}),
    Case("a trust policy may ask for a session tag", SESSIONS, True, [allow("sts:*")], action="sts:TagSession",
         resource=FOREIGN_TARGET, owner=OTHER, context={"aws:requesttag/run": ("r",)},
         trust=[trusting({"AWS": OWN}, ["sts:AssumeRole", "sts:TagSession"], Condition=RUN_TAGGED)]),
    Case("a trust policy that asks for a session tag refuses without it", SESSIONS, False, [allow("sts:*")],
         action="sts:AssumeRole", resource=FOREIGN_TARGET, owner=OTHER,
         trust=[trusting({"AWS": OWN}, ["sts:AssumeRole", "sts:TagSession"], Condition=RUN_TAGGED)]),
    # KMS
    Case("a key's policy must allow, whatever the identity's does", KMS, False, [allow("kms:*")], action="kms:Decrypt",
         resource=KEY, required=True, resource_policy=[allow("kms:*", Principal={"AWS": USER})]),
    Case("a key's policy that names the account enables identity policies", KMS, True, [allow("kms:Decrypt", KEY)],
         action="kms:Decrypt", resource=KEY, required=True, resource_policy=[allow("kms:*", Principal={"AWS": ROOT})]),
    Case("a key's policy that names the account grants nothing by itself", KMS, False, None, action="kms:Decrypt",
         resource=KEY, required=True, resource_policy=[allow("kms:*", Principal={"AWS": ROOT})]),
    Case("a key's policy that names the role is enough", KMS, True, None, action="kms:Decrypt", resource=KEY, required=True,
         resource_policy=[allow("kms:*", Principal={"AWS": ROLE})]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_decided_as_aws_documents(case: Case) -> None:
    assert case.decided().allowed is case.allowed, f"{case.page}: {case.decided().why}"


def test_the_battery_is_as_long_as_it_says() -> None:
    assert len(CASES) == len({case.name for case in CASES}) >= 60
    assert all(case.page.startswith("https://docs.aws.amazon.com/") for case in CASES)


def test_a_decision_names_the_policy_and_the_statement_that_settled_it() -> None:
    denied = Case("", LOGIC, False, [allow(), deny(Sid="NoReads")]).decided()
    assert (denied.why, denied.explicit) == ("identity-based policy identity/NoReads denies it", True)
    limited = Case("", LOGIC, False, [allow()], boundary=[allow("s3:PutObject")]).decided()
    assert (limited.why, limited.explicit) == ("no permissions boundary allows it", False)
    given = Case(
        "", LOGIC, True, None, resource_policy=[to({"AWS": ROLE})], principal=AS_ROLE, resource=OBJECT
    ).decided()
    assert given.why == "resource-based policy resource/0 allows it"
