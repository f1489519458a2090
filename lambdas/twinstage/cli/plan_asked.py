"""Which plan is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from twinstage.cli.options import scenario_roots
from twinstage.cli.planned import Limits, contract_plan, records_plan, state_of, table_plan, template_plan
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.change.scenario import scenario_plan
from twinstage.rehearse.uploaded import local_changes

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.cli.planned import State
    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.cli.stores import Place
    from twinstage.rehearse.change.plan import Plan

_FORMS = "SCENARIO; --zone with --records; --table with --schema; --template or --contract with --against"


@dataclass(frozen=True)
class Asked:
    """The options of `plan`, as they were given."""

    scenario: str | None
    zone: str | None
    records: Path | None
    table: str | None
    schema: Path | None
    template: Path | None
    contract: Path | None
    against: Path | None
    reference: str | None
    unsigned: bool
    allow: tuple[str, ...]
    most_share: float
    rollback_wait_s: int
    place: Place

    def plan(self) -> Plan:
        """The plan of whichever form was given. Raises UsageError for options that are none of the forms, InputError for what is in them."""
        limits = Limits(self.most_share, self.rollback_wait_s, self.allow)
        match self._given():
            case ("template" | "contract" as form, "against") if (
                self.scenario is not None or self.reference is not None
            ):
                given = "SCENARIO" if self.scenario is not None else "--snapshot"
                raise click.UsageError(f"{given} says nothing of what --{form} is for: --against does")
            case ("template", "against") if self.template and self.against:
                return template_plan(self.template, self.against, limits)
            case ("contract", "against") if self.contract and self.against:
                return contract_plan(self.contract, self.against, limits)
            case ("zone", "records") | ("table", "schema") | ():
                return self._of_state(limits)
        raise click.UsageError(f"give one of: {_FORMS}")

    def _given(self) -> tuple[str, ...]:
        members = ("zone", "records", "table", "schema", "template", "contract", "against")
        return tuple(name for name in members if getattr(self, name) is not None)

    def _of_state(self, limits: Limits) -> Plan:
        if self.scenario is None and not (self.zone or self.table):
            raise click.UsageError(f"give one of: {_FORMS}")
        loaded = None if self.scenario is None else load_scenario(find_scenario(self.scenario, scenario_roots()))
        with state_of(loaded, self.place, self.reference, unsigned=self.unsigned) as state:
            if self.zone and self.records:
                return records_plan(state, self.zone, self.records, limits)
            if self.table and self.schema:
                return table_plan(state, self.table, self.schema, limits)
            if loaded is None:
                raise click.UsageError(f"give one of: {_FORMS}")
            return functions_plan(loaded, state, limits)


def functions_plan(loaded: ScenarioFile, state: State, limits: Limits) -> Plan:
    """The plan of a scenario's own change. Raises InputError where it changes nothing."""
    if not loaded.scenario.steps and loaded.template is None:
        hint = "write a `change` section, or give --zone, --table, --template or --contract"
        raise InputError([InputProblem(str(loaded.path), 0, "", "the scenario changes nothing", hint)])
    changes, stacks = local_changes(loaded.candidate), loaded.template.stacks if loaded.template else None
    return scenario_plan(loaded.scenario, state.manifest, state.store, changes, limits.allow, stacks)
