"""The twin of a data product on the embedded AWS: deployed, filled, its pipeline executed, destroyed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.local.deployment import Deployment, TwinSpec, lay_out
from twinstage.local.life import Life
from twinstage.local.pipeline_execution import PipelineExecutions
from twinstage.local.twin_transforms import TwinTransforms
from twinstage.model.canonical import digest, pretty_json, sha256_hex
from twinstage.model.errors import TwinstageError
from twinstage.model.twin import Twin, twin_name
from twinstage.state.fidelity import compare_twin, substitutions_of
from twinstage.state.replicate import replicate_snapshot
from twinstage.world.aws.tables import DynamoTables
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from twinstage.local.engine import Engine
    from twinstage.local.project import Project
    from twinstage.local.target import Target
    from twinstage.model.item import Item
    from twinstage.model.manifest import Manifest

ARM = "baseline"
DATA_PRODUCT = "data-product.json"
SOURCE_SCHEMA = "twinstage:data_twin_source:1"


@dataclass(frozen=True)
class DataTwinInput:
    """What a data product's twin is made from. `product` has id, name and version; `manifest` is the snapshot of its tables and functions.

    `definition` is its pipeline as production has it, None where it has none, and `file` what that is called in errors; `keep` names variables that pass unchanged.
    """

    product: Mapping[str, str]
    manifest: Manifest
    definition: Mapping[str, Any] | None = None
    file: str = "pipeline"
    placeholders: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()

    def source(self) -> dict[str, Any]:
        """The file that the stack is synthesized from, beside the snapshot."""
        found: dict[str, Any] = {"schema": SOURCE_SCHEMA, "product": dict(self.product)}
        if self.definition is not None:
            found["pipeline"] = {
                "file": self.file,
                "definition": self.definition,
                "placeholders": dict(self.placeholders),
            }
        return found


def data_twin_spec(given: DataTwinInput, store: Path, run: str = "", folder: Path | None = None) -> TwinSpec:
    """The twin of a data product, remembered in `folder`. Without `run` the run id follows from what it is made of, so that equal twins have equal templates."""
    source = given.source()
    named = {**source, "pipeline": {**source["pipeline"], "file": ""}} if "pipeline" in source else source
    identity = sha256_hex(digest([given.manifest.digest, named, sorted(given.keep)]).encode())
    folder = folder or store / "twins" / identity[:16]
    return TwinSpec(
        run=run or f"data-{identity[:8]}",
        snapshot=folder / "snapshot.json",
        objects=folder / "objects",
        arms=(ARM,),
        candidate={},
        keep_environment=given.keep,
        data_product=folder / DATA_PRODUCT,
    )


def lay_out_data_twin(given: DataTwinInput, spec: TwinSpec, store: Path) -> None:
    """Write what the twin is synthesized from, which has to stay until it is destroyed. Idempotent."""
    lay_out(spec, given.manifest, DirectoryStore(store))
    if spec.data_product is not None:
        spec.data_product.write_bytes(pretty_json(given.source()))


class StandingDataTwin:
    """A data product's twin that stands. Its tables are empty until they are restored."""

    def __init__(self, target: Target, spec: TwinSpec, given: DataTwinInput, store: Path, machine: str | None) -> None:
        self.spec, self.given, self.machine = spec, given, machine
        self._client = partial(target.client, target.accounts.twin)
        self._store = DirectoryStore(store)
        self._tables = DynamoTables(self._client("dynamodb"))
        self._zones = Route53Zones(self._client("route53"))
        self._twin = Twin(spec.run, (ARM,), ())

    def restore(self) -> dict[str, Any]:
        """Make the tables hold what the snapshot holds, whatever they held, and give the proof. Raises FIDELITY_BROKEN where they do not."""
        manifest = self.given.manifest
        replicate_snapshot(manifest, self._store, self._twin, ARM, self._zones, self._tables)
        known = substitutions_of(self._twin, manifest, self._store)
        document = compare_twin(ARM, self._twin, manifest, self._store, self._zones, self._tables, known)
        if not document["equal"]:
            message = f"the twin differs from its snapshot in {document['differences_found']} places"
            raise TwinstageError("FIDELITY_BROKEN", message, details=document)
        return document

    def items(self, table: str) -> Iterator[Item]:
        """What a table holds, by production's name."""
        return self._tables.scan(twin_name(self.spec.run, ARM, table))

    def transforms(self) -> TwinTransforms:
        """What its tasks do, to be done without the machine: the functions themselves, and the tables."""
        manifest = self.given.manifest
        names = [*(each.name for each in manifest.functions), *(each.name for each in manifest.tables)]
        twins = {name: twin_name(self.spec.run, ARM, name) for name in names}
        return TwinTransforms(self._client("lambda"), self._client("dynamodb"), twins)

    def executions(self) -> PipelineExecutions:
        """Its pipeline, to be executed. Raises NO_PIPELINE where the product has none."""
        if self.machine is None or self.given.definition is None:
            raise TwinstageError("NO_PIPELINE", f"{self.given.product['name']} has no pipeline", hint="give one")
        functions = {twin_name(self.spec.run, ARM, each.name): each.name for each in self.given.manifest.functions}
        return PipelineExecutions(self._client("stepfunctions"), self.machine, self.given.definition, functions)


def deploy_data_twin(deployment: Deployment, given: DataTwinInput, spec: TwinSpec, store: Path) -> StandingDataTwin:
    """Deploy the twin of a data product, proven isolated before, and make its tables hold its snapshot. The platform must stand, and the twin be laid out."""
    outputs = deployment.twin(spec)
    twin = StandingDataTwin(deployment.target, spec, given, store, outputs.get("StateMachineArn"))
    twin.restore()
    counts = given.manifest.counts()
    deployment.say(f"{counts['items']} items stand in {counts['tables']} tables")
    return twin


class LocalDataTwins:
    """Twins of data products in one engine, one after the other. `store` is the folder that keeps their snapshots."""

    def __init__(self, engine: Engine, project: Project, store: Path, say: Callable[[str], None]) -> None:
        self.engine, self.store, self.say = engine, store.resolve(), say
        self.deployment = Deployment(engine, project, say)
        self._founded = False

    @contextmanager
    def deployed(self, given: DataTwinInput, run: str = "") -> Iterator[StandingDataTwin]:
        """Deploy one and destroy it in the end. LeftoverError where something of it is still there."""
        if not self._founded:
            self.deployment.platform()
            self._founded = True
        spec = data_twin_spec(given, self.store, run)
        lay_out_data_twin(given, spec, self.store)
        life = Life.beginning(self.engine, self.deployment, spec)
        try:
            yield deploy_data_twin(self.deployment, given, spec, self.store)
        except BaseException:
            self.engine.halt()
            raise
        finally:
            life.end()
