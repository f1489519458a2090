"""What the schema cannot say of a scenario's `ab` section: that there is a change to compare, and that what may differ is captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from twinstage.model.event import EventType

if TYPE_CHECKING:
    from twinstage.cli.scenario_checks import ScenarioChecker


def check_ab(checker: ScenarioChecker) -> None:
    """Note every problem of the section; what is not of its form is the schema's to tell."""
    section = checker.at("ab")
    if not isinstance(section, dict):
        return
    if checker.at("change") is None:
        message = "nothing changes: there is no candidate to compare"
        checker.problem(
            ("ab",), message, "say what changes, under `change`; of the baseline's own code it is an A/A comparison"
        )
    asked = checker.at("criteria")
    if isinstance(asked, dict) and not {"consistency", "performance"} & set(asked):
        message = "neither consistency nor performance is asked for: nothing of the comparison would be judged"
        checker.problem(("ab",), message, "ask for one of them under `criteria`, or leave `ab` out")
    types = get_args(EventType)
    known = {*checker.captured("functions"), *types}
    may_differ = section.get("may_differ")
    for name in may_differ if isinstance(may_differ, dict) else ():
        if name not in known:
            hint = f"add it to capture.functions, or give one of {', '.join(sorted(types))}"
            checker.problem(("ab", "may_differ", name), f"{name} is not captured", hint)
