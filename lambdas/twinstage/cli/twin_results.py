"""What a rehearsal of a data product's twin leaves in its folder: results, traces, the twin's graph, and the report to read."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.finding import Verdict
from twinstage.rehearse.pipeline.contract_change import reader_findings
from twinstage.validate.checks.plan import plan_findings
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.local.pipeline_rehearsal import PipelineRehearsal
    from twinstage.model.finding import Finding
    from twinstage.rehearse.pipeline.contract_change import ContractChange


def result(loaded: DataTwinFile, done: PipelineRehearsal, inputs: TwinInputs, given: str) -> dict[str, Any]:
    """The result as it is written and printed: `twinstage schema twin_rehearse` says its form. `given` is how whoever rehearsed named the twin."""
    product = loaded.contract.product
    findings = _findings(loaded, done)
    return {
        "schema": "twinstage:twin_rehearse:1",
        "name": loaded.name,
        "title": loaded.title,
        "product": {"id": product.id, "name": product.name, "version": product.version},
        "verdict": str(_verdict(loaded, done, findings)),
        "provenance": _provenance(done, inputs, given),
        **done.document(),
        **({"change": _change(loaded.change, done, findings)} if loaded.change else {}),
    }


def _verdict(loaded: DataTwinFile, done: PipelineRehearsal, findings: Sequence[Finding]) -> Verdict:
    """APPROVED where every promise that was checked is kept, the simulation (where one is asked for) agrees and every call stayed in the twin.

    A broken promise rejects, and so does a change that breaks one for rows that stand, or for somebody who was not told; anything else is not conclusive.
    """
    if done.broken or any(each.passed is False and each.counts for each in findings):
        return Verdict.REJECTED
    asked = loaded.executions.get("simulate", True)
    agrees = not asked or (done.agreement.agrees and all(done.same_data.values()))
    ran = all(each.status == "SUCCEEDED" for each in done.executed) or asked
    return Verdict.APPROVED if agrees and ran and done.calls.contained else Verdict.INCONCLUSIVE


def _findings(loaded: DataTwinFile, done: PipelineRehearsal) -> tuple[Finding, ...]:
    """What a change of the contract came to: its plan, whoever reads what goes, then the rows that stand and those that were written."""
    if loaded.change is None:
        return ()
    static = plan_findings(loaded.change.plan.document(), loaded.change.may_break)
    # A data product has no arms: what is rehearsed is what is to become.
    return (*(replace(each, arm=None) for each in static), *reader_findings(loaded.change), *done.rows_found)


def _change(change: ContractChange, done: PipelineRehearsal, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "against": {"file": change.against_file, "digest": change.against_digest, "version": change.before.version},
        "may_break": change.may_break,
        "plan": change.plan.document(),
        "standing": {name: len(rows) for name, rows in change.standing.items()},
        "written": dict(done.written),
        "findings": [each.document() for each in findings],
    }


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
