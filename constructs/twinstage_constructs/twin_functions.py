"""Clones of production's functions, one set an arm: recorded, cut off from everything but this arm's twin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from constructs import Construct

from twinstage.model.rewrite import WITHHELD, clone_names, clone_substitutions, rewrite_environment
from twinstage.model.tokens import names_in, replace_tokens
from twinstage_constructs.lambda_function import FunctionSpec, LambdaFunction
from twinstage_constructs.policies import (
    CLONE_ZONE,
    FIND_ZONES,
    ITEM_ACTIONS,
    allow,
    function_arns,
    on_zones,
    table_arns,
)
from twinstage_constructs.recorder_layer import ORIGINAL_HANDLER_VARIABLE, RECORDER_HANDLER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from twinstage.model.manifest import FunctionManifest, Manifest
    from twinstage.model.rewrite import Substitution
    from twinstage_constructs.code_asset import CodeLocation
    from twinstage_constructs.names import RunNames
    from twinstage_constructs.policies import Statement

MOST_CALLED = 20
"""A role's inline policies hold 10,240 characters: a clone that calls more is granted its arm's pattern instead of names."""


@dataclass(frozen=True)
class Change:
    """What the candidate changes in one function: its code, and perhaps its handler, some of its environment (`unset`: taken out of it), timeout and memory."""

    code: CodeLocation
    handler: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    timeout_s: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True)
class CloneSettings:
    """What all clones of a twin have in common. `keep` names the environment variables that pass unchanged.

    `architecture` None leaves each clone production's own. `reserved_concurrency` is taken out of the account's pool for
    each clone of each arm; None leaves the pool open. `recorder_layer` None: clones run their own handler and answer as in
    production, and nobody records their calls.
    """

    account: str
    region: str
    recorder_layer: str | None
    boundary: str
    keep: Collection[str] = ()
    architecture: str | None = None
    reserved_concurrency: int | None = None


class TwinFunctions(Construct):
    """The functions of one arm; `zone_ids` and `health_check_ids` lead from production's ids to the twin's; `names` maps production's function name to the twin's, which is known at synthesis, and `arns` to its ARN, a token.

    A clone gets production's runtime, processor, memory, storage and timeout; its code from the snapshot, or from the candidate's change; a
    new role; and an environment rewritten to this arm, everything unknown withheld. `substitutions` lists all that it has
    otherwise, by production's function name. It gets no event source, URL, dead-letter queue, destination, VPC or
    resource policy. It may use the tables of its arm, and call those twins that its environment names (those of its arm
    where it names more than MOST_CALLED).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: RunNames,
        arm: str,
        manifest: Manifest,
        zone_ids: Mapping[str, str],
        usable_zones: Sequence[str],
        health_check_ids: Mapping[str, str],
        snapshot_code: Callable[[FunctionManifest], CodeLocation],
        changes: Mapping[str, Change],
        settings: CloneSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._arm, self._zone_ids, self._settings = arm, list(usable_zones), settings
        self._pattern, self._has_tables = names.arm_pattern(arm), bool(manifest.tables)
        self.names: dict[str, str] = {f.name: names.of_arm(arm, f.name) for f in manifest.functions}
        self.arns: dict[str, str] = {}
        self.substitutions: dict[str, tuple[Substitution, ...]] = {}
        ids = {**zone_ids, **health_check_ids}
        self._rewrites = clone_names(manifest, run=names.run, arm=arm, ids=ids, account=settings.account)
        for function in manifest.functions:
            change = changes.get(function.name)
            self._clone(function, change.code if change else snapshot_code(function), change)

    def _clone(self, function: FunctionManifest, code: CodeLocation, change: Change | None) -> None:
        settings, environment = self._settings, self._environment(function, change)
        self.substitutions[function.name] = clone_substitutions(
            function, self._rewrites, settings.keep, settings.architecture
        )
        handler = (change.handler if change else None) or function.handler
        clone = LambdaFunction(
            self,
            function.name,
            spec=FunctionSpec(
                name=self.names[function.name],
                description=f"Twin of {function.name}, {self._arm}",
                code=code,
                handler=RECORDER_HANDLER if settings.recorder_layer else handler,
                runtime=function.runtime,
                architecture=settings.architecture or function.architecture,
                memory_mb=(change.memory_mb if change else None) or function.memory_mb,
                storage_mb=function.storage_mb,
                timeout_s=(change.timeout_s if change else None) or function.timeout_s,
                environment={
                    **environment,
                    **({ORIGINAL_HANDLER_VARIABLE: handler} if settings.recorder_layer else {}),
                },
                own_handler=handler,
                told={name: value for name, value in environment.items() if value != WITHHELD},
                kept=self._kept(environment, change),
                statements=self._statements(environment),
                layers=[settings.recorder_layer] if settings.recorder_layer else [],
                reserved_concurrency=settings.reserved_concurrency,
            ),
            account=settings.account,
            region=settings.region,
            boundary=settings.boundary,
        )
        self.arns[function.name] = clone.arn

    def _kept(self, environment: Mapping[str, str], change: Change | None) -> list[str]:
        own = change.environment if change else {}
        return [name for name in environment if name in own or name in self._settings.keep]

    def _environment(self, function: FunctionManifest, change: Change | None) -> dict[str, str]:
        """Production's environment, rewritten; over it the candidate's own, in which there is nothing to withhold."""
        rewritten = rewrite_environment(function.environment, self._rewrites, self._settings.keep)
        added = change.environment if change else {}
        kept = {name: value for name, value in rewritten.values.items() if change is None or name not in change.unset}
        return kept | {name: replace_tokens(value, self._rewrites) for name, value in added.items()}

    def _statements(self, environment: Mapping[str, str]) -> list[Statement]:
        region, account = self._settings.region, self._settings.account
        called = sorted(set().union(*(names_in(value, self.names.values()) for value in environment.values())))
        callable_ = called if len(called) <= MOST_CALLED else [self._pattern]
        tables = table_arns(region, account, [self._pattern])
        return [
            *([allow(ITEM_ACTIONS, tables)] if self._has_tables else []),
            *([allow(["lambda:InvokeFunction"], function_arns(region, account, callable_))] if called else []),
            *on_zones(CLONE_ZONE, self._zone_ids),
            *([allow(FIND_ZONES, ["*"])] if self._zone_ids else []),
        ]
