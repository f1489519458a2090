"""Whose template this is: the stack's kind, its run, and the two accounts between which nothing may pass."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.twin import RUN_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.template import Template

KINDS = ("capture", "platform", "twin", "data-twin")
TWINS = frozenset({"twin", "data-twin"})
"""The kinds that belong to one run, and go with it: `data-twin` is the twin of a data product."""
SECTION = "Twinstage"
Profile = Literal["two-accounts", "one-account"]
_FORMS = {
    "run": re.compile(r"[a-z0-9-]{1,20}"),
    "twin_account": re.compile(r"\d{12}"),
    "production_account": re.compile(r"\d{12}|"),
    "region": re.compile(r"[a-z]{2}(-[a-z]+)+-\d"),
}
_MEMBERS = {
    "kind": "Stack",
    "run": "Run",
    "twin_account": "TwinAccount",
    "production_account": "ProductionAccount",
    "region": "Region",
}
_ARN = re.compile(r"arn:aws:[a-z0-9-]+:([a-z0-9-]*):(\d{12}):")


@dataclass(frozen=True)
class Claims:
    """What a caller says of the templates. It goes before what a template says of itself; empty says nothing."""

    kind: str = ""
    run: str = ""
    twin_account: str = ""
    production_account: str = ""
    region: str = ""


@dataclass(frozen=True)
class Identity:
    """Whose template this is. `run` is empty but for a twin; `production_account` where nobody knows it."""

    kind: str
    run: str
    twin_account: str
    production_account: str
    region: str

    @property
    def account(self) -> str:
        """The account that the stack is deployed into."""
        return self.production_account if self.kind == "capture" else self.twin_account

    @property
    def profile(self) -> Profile:
        """two-accounts: nothing of production is in reach of the account's own rights. one-account: names alone tell the two apart, which is weaker."""
        return "two-accounts" if self.production_account not in ("", self.twin_account) else "one-account"

    @property
    def of_a_run(self) -> bool:
        """Whether the stack is a twin's, of whichever kind."""
        return self.kind in TWINS

    def fill(self, text: str) -> str:
        """`{run}`, `{account}`, `{twin_account}`, `{production_account}` and `{region}` in a text, replaced."""
        values = {"account": self.account, **{each.name: getattr(self, each.name) for each in fields(self)}}
        return re.sub(r"\{([a-z_]+)\}", lambda found: values[found[1]], text)


def identify(template: Template, claims: Claims) -> Identity:
    """What the caller claims, else what the template's metadata says, else what it cannot but be.

    Raises InputError with all that nobody knows, or that is no run, account or region.
    """
    said = template.document.get("Metadata")
    told = said.get(SECTION) if isinstance(said, dict) else None
    own: Mapping[str, Any] = told if isinstance(told, dict) else _guessed(template)
    found = {name: getattr(claims, name) or str(own.get(member, "")) for name, member in _MEMBERS.items()}
    if found["kind"] not in TWINS:
        found["run"] = ""
    problems = list(_problems(template.file, found))
    if problems:
        raise InputError(problems)
    return Identity(**found)


def _problems(file: str, found: Mapping[str, str]) -> Iterator[InputProblem]:
    def problem(member: str, message: str, hint: str) -> InputProblem:
        return InputProblem(file, 0, f"/Metadata/{SECTION}/{member}", message, hint)

    if found["kind"] not in KINDS:
        yield problem("Stack", f"{found['kind']!r} is no stack of Twinstage", f"it is one of {', '.join(KINDS)}")
    for name, form in _FORMS.items():
        if name == "run" and found["kind"] not in TWINS:
            continue
        if not form.fullmatch(found[name]):
            option = "--" + name.replace("_", "-")
            yield problem(_MEMBERS[name], f"{found[name]!r} is no {name.replace('_', ' ')}", f"give {option}")
    if found["kind"] == "capture" and not found["production_account"]:
        yield problem("ProductionAccount", "a capture stack without its account", "give --production-account")


def _guessed(template: Template) -> dict[str, str]:
    """For a template that says nothing of itself: the run most of its tags name, the account and region most of its ARNs do, and that it is a twin."""
    runs: Counter[str] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    for value in _leaves(template.resources):
        if isinstance(value, dict) and value.get("Key") == RUN_TAG:
            runs[str(value.get("Value"))] += 1
        elif isinstance(value, str):
            places.update(_ARN.findall(value))
    [(run, _)] = runs.most_common(1) or [("", 0)]
    [((region, account), _)] = places.most_common(1) or [(("", ""), 0)]
    return {"Stack": "twin", "Run": run, "TwinAccount": account, "Region": region}


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
