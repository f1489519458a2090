"""What looks like a secret in an environment, and what only sounds like one. The values here are made up, and in no form a scanner knows outside this file."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.world.dump_files import shared
from twinstage.model.errors import InputError
from twinstage.model.rewrite import WITHHELD
from twinstage.state.secret_shapes import SHAPES, shape_of
from twinstage.state.secrets import secret_in, secret_problems, withheld, withheld_by_function

PEM = "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
JWT = ".".join(["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"])
SHAPED = {
    "a private key": PEM,
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a pre-signed AWS request": "https://b.s3.amazonaws.com/k?X-Amz-Signature=" + "ab" * 32,
    "a JSON web token": JWT,
    "a GitHub token": "ghp_" + "Ab1" * 12,
    "a GitLab token": "glpat-" + "Ab1_" * 5,
    "a Slack token": "xoxb-" + "1234567890-abcdefGHIJ",
    "a Slack webhook": "https://hooks.slack.com/services/" + "T000/B000/" + "x" * 24,
    "a Discord webhook": "https://discord.com/api/webhooks/123456/" + "x" * 30,
    "a Stripe key": "sk_live_" + "4eC39HqLyjWDarjt",
    "a Google key": "AIza" + "Sy0" * 11 + "ab",
    "a SendGrid key": "SG." + "a" * 22 + "." + "b" * 43,
    "a Twilio key": "SK" + "0f" * 16,
    "a registry token": "npm_" + "aB3" * 12,
    "a model provider's key": "sk-" + "proj-" + "aB3" * 8,
    "a Vault token": "hvs." + "aB3" * 8,
    "a cloud provider's token": "dop_v1_" + "0f" * 32,
    "a bot token": "123456789:" + "aB3_-" * 7,
    "an age key": "AGE-SECRET-KEY-1" + "Q2" * 25,
    "a storage key": "DefaultEndpointsProtocol=https;AccountKey=" + "aB3+" * 11,
    "an authorization header": "Basic " + "dXNlcjpwYXNzd29yZA==",
    "a URL with a password": "postgres://app:hunter2@db.internal:5432/plans",
    "a connection string with a password": "Server=db;User Id=app;Password=hunter2;",
}
NAMED = {
    "DB_PASSWORD": "hunter2",
    "MYSQL_PWD": "letmein",
    "dbPassword": "correct-horse-battery",
    "PASSPHRASE": "Tr0ub4dor&3",
    "API_KEY": "9f86d081884c7d659a2feaa0c55ad015",
    "apiKey": "abcd1234efgh5678ijkl",
    "CLIENT_SECRET": "Zx8_kQ~aB1cD2eF3gH4",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "SESSION_TOKEN_2": "d2a84f4b-8b65-0937-ec8f-73cd8be2c74a",
    "SECRET_KEY_BASE": "c0ffee" + "0123456789abcdef" * 4,
    "SIGNING_KEY": "q7Rz1mXv9TbK3wYp",
    "DATABASE_PASSWORD": "20190417",
    "AWS_SECRET_KEY": "/JalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ACCESS_KEY": "/9j4AAQSkZJRgABAQAAAQABAAD2wBD",
    "ADMIN_PASSWORD": "/x9!kPz",
    "CONFIG": json.dumps({"db": [{"host": "h", "password": "hunter2"}]}),
    "ENCODED": base64.b64encode(PEM.encode()).decode(),
}
HARMLESS = {
    "PLAN_TABLE": "plans",
    "SECRET_NAME": "prod/db",
    "SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf",
    "DB_SECRET": "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf",
    "DB_PASSWORD": "{{resolve:secretsmanager:db:SecretString:password}}",
    "DB_PASSWORD_PARAMETER": "/prod/db/password",
    "PASSWORD": "/prod/db/password",
    "ADMIN_PASSWORD": "/prod/MyPlanDatabase1/AdminPassword2",
    "SECRET_KEY": "./keys/signing.pem",
    "MAX_PASSWORD": "12",
    "MYSQL_PASSWORD": "${MYSQL_PASSWORD}",
    "ROOT_PASSWORD": "prod-db-password",
    "TOKEN_TTL": "3600",
    "TOKEN_SECRET": "my-app-token-secret",
    "API_KEY": "prod-api-key",
    "AUTH_TOKEN_HEADER": "X-Auth-Token",
    "TOKEN_TABLE": "Tokens-ABC123-9Xyz8Wv7Ut6",
    "PASSWORD_MIN_LENGTH": "12",
    "PASSWORD_POLICY": "Aa1!Aa1!Aa1!",
    "CSRF_TOKEN": "true",
    "TOKEN": "",
    "PARTITION_KEY": "pk9a8s7d6f5g4h3j2k1",
    "SORT_KEY": "createdAt#2026",
    "KMS_KEY": "alias/plans",
    "KEY_ID": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "GIT_SHA": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    "USER_POOL": "us-east-1_Ab12Cd34E",
    "DATABASE_URL": "postgres://app@db.internal/plans",
    "TEMPLATE_URL": "postgres://app:${DB_PASSWORD}@db.internal/plans",
    "ENDPOINT": "https://user.example.test:8443/path?x=1#y@z",
    "BUCKET": "cdk-hnb659fds-assets-111111111111-us-east-1",
    "CERTIFICATE": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "PUBLIC_KEY": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "TOKENIZER": "o200k_base",
    "MONKEY": "Tr0ub4dor&33333",
    "COMPASS": "Tr0ub4dor&33333",
    "FLAGS": json.dumps({"token_ttl": 3600, "regions": ["eu-west-1"], "password_policy": "strict"}),
    "BROKEN": '{"password": "hunter2"',
    "SQS": "https://sqs.us-east-1.amazonaws.com/111111111111/plans",
    "POWERTOOLS_SERVICE_NAME": "twinstage",
    "WITHHELD_PASSWORD": WITHHELD,
}


@pytest.mark.parametrize("kind", SHAPED)
def test_a_credential_is_known_by_its_shape_whatever_it_is_called(kind: str) -> None:
    assert secret_in("SETTING", SHAPED[kind]) == kind
    assert secret_in("SETTING", f"x {SHAPED[kind]}") == kind or kind == "an authorization header"


def test_every_shape_has_an_example_here() -> None:
    assert {kind for kind, _ in SHAPES} <= set(SHAPED)


@pytest.mark.parametrize("name", NAMED)
def test_a_secret_is_known_by_its_name_and_its_randomness(name: str) -> None:
    assert secret_in(name, NAMED[name]) is not None


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_names_a_secret_or_is_about_one_passes(name: str) -> None:
    assert secret_in(name, HARMLESS[name]) is None


def test_no_environment_of_a_recorded_function_looks_like_a_secret() -> None:
    def environments(document: Any) -> list[dict[str, str]]:
        if isinstance(document, list):
            return [found for member in document for found in environments(member)]
        if not isinstance(document, dict):
            return []
        own = (document.get("Environment") or {}).get("Variables")
        return [*([own] if own else []), *environments(list(document.values()))]

    files = sorted(shared("lambda", "custodian-recordings").glob("*.json"))
    found = [variables for file in files for variables in environments(json.loads(file.read_bytes()))]
    assert found
    assert [(name, secret_in(name, value)) for each in found for name, value in each.items()] == [
        (name, None) for each in found for name in each
    ]


def test_the_problem_names_function_and_variable_and_never_the_value() -> None:
    environment = {"B_PASSWORD": "hunter2-9&x", "A": SHAPED["a Stripe key"], "C": "plain"}

    problems = list(secret_problems("enactor", environment, "/functions/enactor/Environment"))

    assert [problem.pointer for problem in problems] == [
        f"/functions/enactor/Environment/{n}" for n in ("A", "B_PASSWORD")
    ]
    assert "--withhold enactor:A" in problems[0].hint
    told = " ".join(map(str, problems))
    assert not any(value in told for value in environment.values() if value != "plain")


@pytest.mark.parametrize(
    "value",
    [
        "a" * 200_000,
        "a-" * 100_000,
        "A1" * 100_000,
        "eyJ" * 60_000,
        "x://" * 50_000,
        "-----BEGIN " * 20_000,
        "pwd=" * 50_000,
        "{" * 100_000,
        "[" * 100_000,
        "a.b_c-D/" * 20_000 + "!",
        "https://" + "u" * 100_000 + ":" + "p" * 100_000,
    ],
)
@pytest.mark.timeout(60)
def test_no_value_takes_for_ever_to_look_at(value: str) -> None:
    for name in ("SETTING", "API_KEY", "PASSWORD"):
        secret_in(name, value)


def test_withholding_replaces_the_value_alone() -> None:
    assert withheld({"A": "1", "B": "2"}, {"B", "C"}) == {"A": "1", "B": WITHHELD}


def test_what_to_withhold_is_told_by_function_and_name() -> None:
    assert withheld_by_function(["f:A", "f:B", "g:A"]) == {"f": {"A", "B"}, "g": {"A"}}
    with pytest.raises(InputError) as caught:
        withheld_by_function(["A", "f:", ":A"])
    assert len(caught.value.problems) == 3


def test_an_empty_value_has_no_shape() -> None:
    assert shape_of("") is None
