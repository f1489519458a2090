"""Leaks through what a function is told: variables that steer, and words that name something in a form that is easily overlooked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import PRODUCTION, REGION, TWIN, Leak, clone, leaks, of_type, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.isolation.leaks.leak import Change, Document

FUNCTION, ZONE = "AWS::Lambda::Function", "AWS::Route53::HostedZone"
# Each with a value that names nothing: the name alone is what leads out.
STEERING = (
    "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_LAMBDA_EXEC_WRAPPER", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CA_BUNDLE",
    "HTTPS_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH",
    "BOTO_CONFIG", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN", "PATH", "HOME",
    "OTEL_EXPORTER_OTLP_HEADERS", "TWINSTAGE_RECORD_TO", "_HANDLER",
)  # fmt: skip
DISGUISED: tuple[str, ...] = (
    "3232235777", "167772161", "0x0A000001", "10.1", "012.0.0.1", "0xa.0.0.7", "10.0.0.7", "169.254.169.254", "255.255.255.255", "fe80::1",
    "[fd00::1]:443", "\uff44\uff4e\uff53-plans", "\u043f\u043b\u0430\u043d", "//db.example.net/x", "\\\\share\\x", "user@host", "arn%3Aaws%3Adynamodb",
    "ARN:AWS:SQS:x", "xn--80ak6aa92e.com", "DNS-PLANS", "dns-plans.", "1111-1111-1111", "prod", "orders_PRD", "eu-west-1",
    "i-0abc1234def567890", "YXJuOmF3czpkeW5hbW9kYjp1cy1lYXN0LTE", "cache.internal", "twin-demo-ledger", "twinstage-elsewhere",
    "twin-demo-candidate-dns-plans", "twin-demo2-baseline-dns-plans", f"twinstage-snapshots-{TWIN}-{REGION}", "&#x70;rod",
)  # fmt: skip
"""What is no word of the twin's, each kept on purpose by what the template says of itself."""
INTRINSICS: tuple[Any, ...] = (
    {"Ref": "AWS::StackName"},
    {"Fn::Base64": "x"},
    {"Fn::GetAZs": ""},
    {"Fn::Split": [",", "a,b"]},
    {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::Sub": ["${a}", {"a": "dns-plans"}]},
    {"Fn::Join": ["", ["dns", "-plans"]]},
    {"Fn::Join": ["", ["{{res", "olve:ssm:/a}}"]]},
    {"Fn::Sub": f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:{PRODUCTION}:table/x"},
)


def function(template: Document, ending: str) -> Document:
    """The function whose name ends so, with its metadata."""
    return next(each for each in of_type(template, FUNCTION) if each["Properties"]["FunctionName"].endswith(ending))


def variables(template: Document, ending: str) -> Document:
    """What that function is told."""
    found: Document = function(template, ending)["Properties"]["Environment"]["Variables"]
    return found


def kept(variable: str, value: Any) -> Change:
    """A value that the template says to be kept on purpose, in each of the places where it says so."""

    def change(template: Document) -> None:
        clone(template)["Environment"]["Variables"][variable] = value
        said = function(template, "-baseline-enactor")["Metadata"]["Twinstage"]
        said["Environment"][variable] = value
        said["Kept"] = sorted({*said["Kept"], variable})

    return change


def _set(ending: str, name: str, value: Any) -> Change:
    return lambda template: variables(template, ending).update({name: value})


def told_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    clones = {f"{name} of a clone": _set("-baseline-enactor", name, "true") for name in STEERING}
    yield from leaks("twin", "steering", clones)
    yield from leaks("twin", "steering", {f"{name} kept": kept(name, "1") for name in STEERING[:3]})
    yield from leaks(
        "twin", "steering", {f"{name} of a stage": _set("-Replay", name, "true") for name in STEERING[::4]}
    )
    yield from leaks("twin", "kept", {f"{value!r}": kept("TARGET", value) for value in DISGUISED})
    yield from leaks("twin", "kept", {"production's table in its own variable": kept("PLAN_TABLE", "dns-plans")})
    yield from leaks(
        "twin", "intrinsic", {str(value): _set("-baseline-enactor", "TARGET", value) for value in INTRINSICS}
    )
    yield from leaks("twin", "own", dict(_own_functions()))
    yield from leaks("capture", "own", dict(_capture()))
    yield from leaks("platform", "own", {"a variable of the sweeper's": _set("sweep", "LEDGER", "true")})
    nothing = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": [7]}
    yield from leaks("twin", "own", {"a number for a resource": lambda t: statements(t, "-Replay").append(nothing)})


def _own_functions() -> Iterator[tuple[str, Change]]:
    yield "a stage with another store", _set("-Replay", "EVIDENCE_BUCKET", f"twinstage-evidence-333333333333-{REGION}")
    yield "a stage with another run", _set("-Replay", "TWIN_RUN", "true")
    yield "a stage with a name for a digest", _set("-Prepare", "TWIN_SNAPSHOT", "dns-plans")
    yield "a stage with a name behind a digest", _set("-Prepare", "TWIN_CLONES", f"sha256:{'0' * 64},dns-plans")
    yield "a clone told of a digest", _set("-baseline-enactor", "TARGET", f"sha256:{'0' * 64}")
    yield "a stage with a clone's table for its ledger", _set("-Replay", "LEDGER_TABLE", "twin-demo-baseline-dns-plans")
    yield (
        "a stage with a zone for its network",
        lambda t: variables(t, "-Replay").update(
            VPC_ID={"Ref": next(name for name, each in t["Resources"].items() if each["Type"] == ZONE)}
        ),
    )
    ledger = f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-demo-ledger"
    yield "a clone told of the ledger", _set("-baseline-enactor", "TARGET", ledger)
    yield (
        "a candidate told of the baseline's table",
        _set("-candidate-enactor", "PLAN_TABLE", "twin-demo-baseline-dns-plans"),
    )


def _capture() -> Iterator[tuple[str, Change]]:
    yield "the twin's store", _set("capture", "SNAPSHOT_BUCKET", f"twinstage-evidence-{PRODUCTION}-{REGION}")
    yield "a key of the twin's", _set("capture", "SNAPSHOT_KEY", f"arn:aws:kms:{REGION}:{TWIN}:key/x")
    yield "a variable of nobody's", _set("capture", "MODE", "true")
