"""TWA022: what a function is told names nothing but the twin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.own import holder_of
from twinstage.isolation.audit.own_twin import ARMS
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN
from twinstage.isolation.audit.words import named_outside, says_nothing, strange, words
from twinstage.isolation.policy.matching import glob
from twinstage.model.tokens import TOKEN
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.isolation.audit.subject import Subject

HANDLER = "TWINSTAGE_HANDLER"
_EVERYWHERE = ("{account}", "{region}")
_OURS = ("twin-{run}", "twin-{run}-*", "{run}", "twinstage-evidence-{account}-{region}", *_EVERYWHERE)
_NAMES = {
    **{arm: (f"twin-{{run}}-{arm}-*", *_EVERYWHERE) for arm in ARMS},
    "capture": ("twinstage-snapshots-{account}-{region}", *_EVERYWHERE),
    "platform": ("twinstage-evidence-{account}-{region}", *_EVERYWHERE),
}
_REFERENCE = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
_ARN = re.compile(r"(?i)\barn:[^\s,;\"'\]}]+")
# What only says which bytes are meant: it is no name of anything that can be called.
_DIGEST = re.compile(r"(?<![0-9A-Za-z])sha256:[0-9a-f]{64}(?![0-9A-Za-z])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        environment = held.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        if environment is None:
            continue
        place = ("Resources", name, "Properties", "Environment", "Variables")
        if not isinstance(variables, dict):
            yield Finding(pointer(place), "the variables are no object", name)
            continue
        told, kept = subject.told(name).get("Environment"), subject.told(name).get("Kept")
        holder = holder_of(subject.resolver.text(held.get("FunctionName")), subject.identity)
        for variable, value in variables.items():
            # Which handler a clone's code has is held to a rule of its own.
            if variable == HANDLER:
                continue
            meant = isinstance(told, dict) and variable in told and told[variable] == value
            on_purpose = meant and isinstance(kept, list) and variable in kept
            if why := _leads_out(subject, holder, value, meant=meant, kept=on_purpose):
                yield Finding(pointer((*place, variable)), f"{variable}: {why}", name)


def _leads_out(subject: Subject, holder: str, value: Any, *, meant: bool, kept: bool) -> str:
    """Why a value may name what is not the twin's; empty where it does not.

    `meant`: the template says a second time that the variable holds it; `kept`: and that it names nothing of the twin on purpose.
    """
    text = subject.resolver.text(value)
    if UNKNOWN in text:
        return "its value cannot be told from the template"
    names = [subject.identity.fill(each) for each in _NAMES.get(holder, _OURS)]
    rest = _ARN.sub("", _REFERENCE.sub("", text))
    rest = _DIGEST.sub("", rest) if holder == "stage" else rest
    said = words(rest)
    unknown = [word for word in said if not says_nothing(word) and not _own(subject, names, word)]
    # What was rewritten may say more beside the twin's names; what names nothing of it was not rewritten.
    rewritten = meant and (text != rest or len(unknown) < len(said))
    return (
        _named_by_form(subject, holder, names, text, rest)
        or (f"{unknown[0]!r} names nothing of the twin" if unknown and not (kept or rewritten) else "")
        or next((why for word in unknown if (why := _named_by_word(subject, word))), "")
    )


def _named_by_form(subject: Subject, holder: str, names: Sequence[str], text: str, rest: str) -> str:
    """What a text names by an ARN, by an account's number, or by what an address, an id or a key looks like."""
    for arn in _ARN.findall(text):
        if not _own_arn(subject, holder, arn):
            return f"{arn} is not what this function may use"
    if strangers := set(_ACCOUNT.findall(rest)) - {subject.identity.account}:
        return f"{', '.join(sorted(strangers))} is another account"
    return next((f"{found} is {what}" for found, what in strange(_without_names(subject, names, rest))), "")


def _named_by_word(subject: Subject, word: str) -> str:
    what = "production's" if word.rstrip(".") in subject.production_names else named_outside(word, subject.zones)
    return f"{word!r} is {what}" if what else ""


def _own_arn(subject: Subject, holder: str, arn: str) -> bool:
    own = subject.belongings.of(holder).values()
    return any(pattern != "*" and glob(pattern).matches(arn) for patterns in own for pattern in patterns)


def _without_names(subject: Subject, names: Sequence[str], text: str) -> str:
    """The text without the names of this run, whose parts may look like ids."""
    if "://" in text:
        return text
    return TOKEN.sub(lambda word: "" if _own(subject, names, word[0]) else word[0], text)


def _own(subject: Subject, names: Sequence[str], word: str) -> bool:
    """Whether a word is the twin's own: one of its names, or a zone of the template."""
    bare = word.rstrip(".")
    return bare in subject.zones or any(glob(name).matches(bare) for name in names)


RULE = Rule(
    "TWA022",
    "What a function is told names nothing but the twin",
    "Code does what its environment says: a production table's name, queue's URL or key in it is where the code will go.",
    "Rewrite the value to the twin's, or withhold it; a plain value kept on purpose goes through the scenario's `environment.keep`.",
    _check,
)
