"""What the twin of a data product is made from: a snapshot of its tables and functions, and its pipeline; checked before anything is synthesized."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stacks.snapshot_source import read_snapshot
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.pipeline_twin import Names, TwinDefinition, twin_definition
from twinstage.model.twin import twin_name
from twinstage.model.validation import schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.settings import Settings
    from twinstage.model.manifest import Manifest

ARM = "baseline"
"""The one arm of a data product's twin: there is nothing beside it that would be compared."""


@dataclass(frozen=True)
class DataProductSource:
    """A product's name and version, its tables and functions, and its pipeline as the twin runs it; None where it has none."""

    name: str
    version: str
    manifest: Manifest
    pipeline: TwinDefinition | None


def read_data_product(settings: Settings) -> DataProductSource:
    """What `settings.data_product` and `settings.snapshot` say. Raises InputError with every problem."""
    place = settings.path("data_product")
    file = str(place)
    try:
        document: Any = json.loads(place.read_bytes())
    except ValueError as error:
        raise InputError([InputProblem(file, 0, "", f"not JSON: {error}", "write it with `twinstage twin`")]) from error
    if problems := schema_problems("data_twin_source", document, file):
        raise InputError(problems)
    manifest = read_snapshot(settings).manifest
    if problems := [*_kind_problems(manifest, settings)]:
        raise InputError(problems)
    product, pipeline = document["product"], document.get("pipeline")
    definition = None
    if pipeline is not None:
        names = Names(
            [function.name for function in manifest.functions],
            {table.name: twin_name(settings.run, ARM, table.name) for table in manifest.tables},
            pipeline["placeholders"],
        )
        definition = twin_definition(pipeline["definition"], names, pipeline["file"])
    return DataProductSource(product["name"], product["version"], manifest, definition)


def _kind_problems(manifest: Manifest, settings: Settings) -> Iterator[InputProblem]:
    """A data product's twin has tables and functions, in one arm."""
    if manifest.zones or manifest.health_checks:
        message = "the snapshot of a data product holds no zones and no health checks"
        yield InputProblem(str(settings.snapshot), 0, "/content/zones", message, "give a snapshot of tables alone")
    if settings.arms != (ARM,):
        message = f"the twin of a data product has one arm, not {', '.join(settings.arms)}"
        yield InputProblem("context", 0, "/twinstage:arms", message, f"leave it out, or give {ARM}")
