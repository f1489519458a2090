"""`twinstage explain CODE`: what an error, or a rule of the audit, means, and the way out."""

from __future__ import annotations

import difflib
from importlib.resources import files
from typing import Any

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.yaml_document import located_yaml

EXPLANATIONS = "explanations.yaml"


@click.command()
@click.argument("code", required=False)
@json_option
def explain(code: str | None, as_json: bool) -> None:
    """Say what CODE, as an error or the audit names it, means, and what to do. Without CODE every code is listed."""
    console, known = Console(as_json), explanations()
    if code is None:
        for name, told in known.items():
            console.say(f"{name}  {told['means']}")
        console.data({"schema": "twinstage:codes:1", "codes": [{"code": name, **told} for name, told in known.items()]})
        return
    if code.upper() not in known:
        near = difflib.get_close_matches(code.upper(), known, 3)
        hint = f"did you mean {', '.join(near)}?" if near else "`twinstage explain` lists every code"
        raise InputError([InputProblem("CODE", 0, "", f"no error or rule is called {code!r}", hint)])
    told = known[code.upper()]
    console.say(f"{code.upper()}\n\n{told['means']}\n\n{told['do']}")
    console.data({"schema": "twinstage:explain:1", "code": code.upper(), **told})


def explanations() -> dict[str, dict[str, str]]:
    """What every code means and what to do, by code: errors in the order of their names, then the audit's rules."""
    from twinstage.isolation.audit.rules import RULES

    text = files("twinstage.cli").joinpath(EXPLANATIONS).read_text(encoding="utf-8")
    errors: dict[str, Any] = located_yaml(text, EXPLANATIONS).document["errors"]
    rules = {rule.code: {"means": f"{rule.title}. {rule.why}", "do": rule.mend} for rule in RULES}
    return {**dict(sorted(errors.items())), **rules}
