"""TWA029: no variable of a function's environment steers it elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.grammar import Constant, Name, Reference, Text
from twinstage.isolation.audit.own import holder_of
from twinstage.isolation.audit.own_twin import ARMS
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.rules.environment import HANDLER
from twinstage.isolation.audit.values import UNKNOWN, readable
from twinstage.isolation.policy.matching import glob
from twinstage.model.rewrite import WITHHELD
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.grammar import Value
    from twinstage.isolation.audit.subject import Subject

_SERVICE = {"POWERTOOLS_SERVICE_NAME": Constant(("twinstage",))}
_DIGEST = Text(r"sha256:[0-9a-f]{64}", "a digest")
_EVIDENCE = {"EVIDENCE_BUCKET": Name(("twinstage-evidence-{account}-{region}",))}
_STAGE: Mapping[str, Value] = {
    **_SERVICE,
    **_EVIDENCE,
    "APPROVAL_BUS": Name(("arn:aws:events:{region}:{account}:event-bus/twinstage-approvals",)),
    "APPROVAL_TOPIC": Name(("arn:aws:sns:{region}:{account}:twinstage-approvals",)),
    "LEDGER_TABLE": Name(("twin-{run}-ledger",)),
    "TWIN_CLONES": _DIGEST,
    "TWIN_RUN": Name(("{run}",)),
    "TWIN_SCENARIO": _DIGEST,
    "TWIN_SNAPSHOT": _DIGEST,
    "VPC_ID": Reference("AWS::EC2::VPC", frozenset({"VpcId"})),
}
KNOWN: Mapping[str, Mapping[str, Value]] = {
    "apply": _STAGE,
    "capture": {
        **_SERVICE,
        "SNAPSHOT_BUCKET": Name(("twinstage-snapshots-{account}-{region}",)),
        "SNAPSHOT_KEY": Name(("arn:aws:kms:{region}:{account}:key/*",)),
    },
    "platform": {**_SERVICE, **_EVIDENCE},
    "stage": _STAGE,
}
"""Whose function -> every variable that it may have, and what it holds. A clone has production's, whatever they are called."""

# What the interpreter, the dynamic linker, the resolver, the SDK, TLS or Lambda's own runtime read before or beside the code.
# https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
# https://docs.python.org/3/using/cmdline.html#environment-variables and ld.so(8), resolver(5)
_STEERING = re.compile(
    r"(AWS|BOTO|DYLD|GCONV|GLIBC|LD|OTEL|TWINSTAGE|XDG)_.*|_.*|PYTHON.*|(.*_)?PROXY|.*ENDPOINT_URL.*|.*_CA_BUNDLE"
    r"|BASH_ENV|BOTO(CORE)?_?\w*|CURL_HOME|DOCKER_HOST|ENV|HOME|HOSTALIASES|IFS|KUBECONFIG|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
    r"|LOCALDOMAIN|NETRC|PATH|RES_OPTIONS|SHELL|SSL_CERT_(DIR|FILE)|SSLKEYLOGFILE",
    re.IGNORECASE,
)


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        environment = held.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        holder = holder_of(subject.resolver.text(held.get("FunctionName")), subject.identity)
        for variable, value in variables.items() if isinstance(variables, dict) else ():
            told = (
                _steers(variable, value)
                if holder in ARMS
                else _strange(subject, KNOWN.get(holder, {}), variable, value)
            )
            if told:
                place = ("Resources", name, "Properties", "Environment", "Variables", variable)
                yield Finding(pointer(place), f"{variable}: {told}", name)


def _steers(variable: str, value: Any) -> str:
    """Why a clone's variable may lead its calls, its credentials or its code elsewhere; withheld it does not."""
    if variable == HANDLER or value == WITHHELD or _STEERING.fullmatch(variable) is None:
        return ""
    return "it steers what runs the code, whatever the code is"


def _strange(subject: Subject, known: Mapping[str, Value], variable: str, value: Any) -> str:
    expected, text = known.get(variable), subject.resolver.text(value)
    match expected:
        case Constant(values) if value in values:
            return ""
        case Text() if expected.holds(value):
            return ""
        case Name(patterns) if UNKNOWN not in text and any(
            glob(subject.identity.fill(p)).matches(text) for p in patterns
        ):
            return ""
        case Reference(kind, attributes) if subject.refers(value, kind, attributes) is not None:
            return ""
        case None:
            return "this function is not known to be told of it"
    return f"{readable(text)} is not what this function is told"


RULE = Rule(
    "TWA029",
    "No variable steers a function elsewhere",
    "An endpoint, a proxy, a profile, a search path or a wrapper decides where every call goes, or which code runs, before the code has a say.",
    "Take the variable out, or withhold it; what one of Twinstage's own functions is told is written down in the rule.",
    _check,
)
