"""OpenLineage events and dbt manifests of a few lines, and generated ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text(min_size=1, max_size=8).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
NAMESPACES = st.sampled_from(["postgres://db", "s3://lake", "a|b", "~"])


def dataset(name: str, *columns: str, namespace: str = "db", **facets: Any) -> dict[str, Any]:
    schema = {"schema": {"fields": [{"name": column, "type": "text"} for column in columns]}} if columns else {}
    return {"namespace": namespace, "name": name, "facets": schema | facets}


def event(job: str | None, inputs: list[Any], outputs: list[Any], **more: Any) -> dict[str, Any]:
    named = {} if job is None else {"job": {"namespace": "jobs", "name": job}}
    return {"eventType": "COMPLETE", **named, "inputs": inputs, "outputs": outputs, **more}


def lineage(**columns: list[tuple[str, str]]) -> dict[str, Any]:
    """A columnLineage facet: of each column, the tables and columns it comes from."""
    return {
        "fields": {
            column: {"inputFields": [{"namespace": "db", "name": table, "field": field} for table, field in several]}
            for column, several in columns.items()
        }
    }


def write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def manifest(child_map: dict[str, list[str]] | None, **nodes: dict[str, Any]) -> dict[str, Any]:
    made = {
        name.replace("__", "."): {"name": name.rpartition("__")[2], "resource_type": name.partition("__")[0], **told}
        for name, told in nodes.items()
    }
    metadata = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "project_name": "shop"}
    return {"metadata": metadata, "nodes": made, "sources": {}} | ({"child_map": child_map} if child_map else {})


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Valid events, whole and in part."""
    datasets = st.builds(
        lambda namespace, name, columns: dataset(name, *columns, namespace=namespace),
        NAMESPACES,
        NAMES,
        st.lists(NAMES, max_size=3, unique=True),
    )
    made: dict[str, Any] = event(
        draw(st.none() | NAMES), draw(st.lists(datasets, max_size=3)), draw(st.lists(datasets, max_size=3))
    )
    for output in made["outputs"]:
        if made["inputs"] and draw(st.booleans()):
            source = draw(st.sampled_from(made["inputs"]))
            field = {"namespace": source["namespace"], "name": source["name"], "field": draw(NAMES)}
            output["facets"]["columnLineage"] = {"fields": {draw(NAMES): {"inputFields": [field]}}}
    time = draw(st.sampled_from(["2026-01-02T03:04:05", "2026-01-02T03:04:05.123456789Z", "2026-01-02 03:04+0530"]))
    return {**made, "eventTime": time} if draw(st.booleans()) else made
