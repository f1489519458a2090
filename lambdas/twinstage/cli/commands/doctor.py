"""`twinstage doctor`: what this machine has for a rehearsal, and how to get what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from twinstage.cli.console import Console
from twinstage.cli.doctor_checks import examine
from twinstage.cli.options import json_option, store_option

if TYPE_CHECKING:
    from pathlib import Path

LACKING: Final = 5
_SIGNS: Final = {"ok": "ok     ", "limited": "limited", "missing": "MISSING"}


@click.command()
@store_option
@json_option
def doctor(store: Path, as_json: bool) -> int:
    """Look whether this machine has what rehearsals need. Nothing is changed, and nothing outside this machine is asked.

    Exits 0 where nothing is missing, 5 where something is; what is limited works, and says what it lacks.
    """
    console, looks = Console(as_json), examine(store)
    for look in looks:
        console.say(f"{_SIGNS[look.status]}  {look.name}: {look.found}")
        if look.hint:
            console.say(f"         {look.hint} (for {look.needs})")
    missing = [look for look in looks if look.status == "missing"]
    console.data({"schema": "twinstage:doctor:1", "ready": not missing, "looks": [look.document() for look in looks]})
    return LACKING if missing else 0
