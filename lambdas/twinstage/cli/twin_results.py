"""What a rehearsal of a data product's twin leaves in its folder: results, traces, the twin's graph, and the report to read."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.finding import Verdict
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.local.pipeline_rehearsal import PipelineRehearsal


def result(loaded: DataTwinFile, done: PipelineRehearsal, inputs: TwinInputs, given: str) -> dict[str, Any]:
    """The result as it is written and printed: `twinstage schema twin_rehearse` says its form. `given` is how whoever rehearsed named the twin."""
    product = loaded.contract.product
    return {
        "schema": "twinstage:twin_rehearse:1",
        "name": loaded.name,
        "title": loaded.title,
        "product": {"id": product.id, "name": product.name, "version": product.version},
        "verdict": str(verdict(done)),
        "provenance": _provenance(done, inputs, given),
        **done.document(),
    }


def verdict(done: PipelineRehearsal) -> Verdict:
    """APPROVED where every promise that was checked is kept, the simulation agrees and every call stayed in the twin; a broken promise rejects; anything else is not conclusive."""
    if done.broken:
        return Verdict.REJECTED
    agrees = done.agreement.agrees and all(done.same_data.values())
    return Verdict.APPROVED if agrees and done.calls.contained else Verdict.INCONCLUSIVE


def write(place: Path, done: PipelineRehearsal, document: dict[str, Any], inputs: TwinInputs) -> None:
    """The result, the trace that was recorded and the one that was simulated, the graph as the registry keeps it, and the reports."""
    from twinstage.report.pipeline_files import GRAPH, RESULT, render_pipeline
    from twinstage.simulate.pipeline.trace import trace_lines

    store = DirectoryStore(place)
    put_json(store, RESULT, document)
    lines = [canonical_json(dict(visit)) + b"\n" for each in done.executed for visit in each.visits]
    store.put("trace.jsonl", b"".join(lines))
    if done.agreement.run is not None:
        store.put("simulated.jsonl", trace_lines(done.agreement.run.visits))
    store.put(GRAPH, inputs.parts["graph"])
    for name, content in render_pipeline(document, inputs.graph).items():
        store.put(name, content)


def _provenance(done: PipelineRehearsal, inputs: TwinInputs, given: str) -> dict[str, Any]:
    parts = {
        part: {"file": inputs.files[part], "digest": f"sha256:{sha256_hex(inputs.parts[part])}"}
        for part in ("contract", "pipeline")
    }
    return {
        **parts,
        "snapshot": inputs.snapshot,
        "graph": inputs.graph.digest,
        "seed": done.agreement.comparing.seed,
        "tool": __version__,
        "command": f"twinstage twin rehearse {shlex.quote(given)}",
    }
