"""The facets of datasets and jobs that carry lineage, as `event` has them. What comes here keeps to the schema `openlineage`.

Two facets say what is derived from what. `columnLineage` is of a dataset: its `fields` say it of each column, its `dataset` (since 1-2-0) of every row, such as
by a filter (https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet). `lineage` is of a dataset or of a job, whose `entries` name others
(https://openlineage.io/spec/facets/1-0-0/LineageFacet.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.validation import pointer
from twinstage.twin.lineage.event import Dataset, Derivation, Field, Identity, Input, Transformation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Document = Mapping[str, Any]


def identity(document: Document) -> Identity:
    """The job or dataset that a document names."""
    return Identity(document.get("namespace"), document["name"])


def dataset(document: Document, place: str) -> Dataset:
    """A dataset of an event, at `place`."""
    facets: Document = document.get("facets", {})
    told = identity(document)
    at = f"{place}/facets"
    lifecycle: Document = facets.get("lifecycleStateChange", {})
    renamed = lifecycle.get("previousIdentifier")
    symlinks = facets.get("symlinks", {}).get("identifiers", ())
    return Dataset(
        identity=told,
        pointer=place,
        fields=tuple(_fields(facets.get("schema", {}).get("fields", ()), "")),
        derivations=(
            *_column_lineage(told, facets.get("columnLineage", {}), f"{at}/columnLineage"),
            *_dataset_lineage(told, facets.get("lineage", {}), f"{at}/lineage"),
        ),
        same_as=tuple(identity(each) for each in symlinks),
        before=None if renamed is None else identity(renamed),
        lifecycle=lifecycle.get("lifecycleStateChange", ""),
        owners=owners(facets),
        checks=tuple(sorted({*_checks(facets), *_checks(document.get("inputFacets", {}))})),
    )


def owners(facets: Document) -> tuple[str, ...]:
    """Who owns a job or dataset."""
    return tuple(owner["name"] for owner in facets.get("ownership", {}).get("owners", ()))


def job_lineage(facets: Document, place: str) -> Iterator[Derivation]:
    """What a job's own `lineage` facet says, of itself and of others."""
    for index, entry in enumerate(facets.get("lineage", {}).get("entries", ())):
        told = identity(entry) if "name" in entry else None
        yield from _lineage(told, entry, f"{place}/lineage/entries/{index}", is_job=entry["type"] == "JOB")


def _fields(fields: Any, outer: str) -> Iterator[Field]:
    for field in fields:
        path = f"{outer}{field['name']}"
        yield Field(path, field.get("type", ""))
        yield from _fields(field.get("fields", ()), f"{path}.")


def _checks(facets: Document) -> Iterator[tuple[str, str]]:
    for check in facets.get("dataQualityAssertions", {}).get("assertions", ()):
        yield check["assertion"], check.get("column", "")


def _column_lineage(of: Identity, facet: Document, place: str) -> Iterator[Derivation]:
    for column, told in facet.get("fields", {}).items():
        inputs = tuple(_column_input(each, told) for each in told["inputFields"])
        yield Derivation(of, inputs, column=column, pointer=place + pointer(("fields", column)))
    if facet.get("dataset"):
        yield Derivation(of, tuple(_column_input(each, {}) for each in facet["dataset"]), pointer=f"{place}/dataset")


def _column_input(given: Document, around: Document) -> Input:
    """An input field. Before 1-1-0 the transformation was told once for all inputs of a column: `around`."""
    said = given.get("transformations", ())
    kind = around.get("transformationType")
    if not said and isinstance(kind, str):
        said = ({"type": "DIRECT", "subtype": kind, "masking": kind == "MASKED"},)
    return Input(identity(given), column=given["field"], transformations=_transformations(said))


def _dataset_lineage(of: Identity, facet: Document, place: str) -> Iterator[Derivation]:
    if facet:
        yield from _lineage(of, facet, place, is_job=False)


def _lineage(of: Identity | None, told: Document, place: str, *, is_job: bool) -> Iterator[Derivation]:
    if told.get("inputs"):
        yield Derivation(of, _inputs(told), is_job=is_job, pointer=place)
    for column, each in told.get("fields", {}).items():
        yield Derivation(of, _inputs(each), is_job, column, place + pointer(("fields", column)))


def _inputs(told: Document) -> tuple[Input, ...]:
    return tuple(
        Input(
            identity(each) if "name" in each else None,
            each["type"] == "JOB",
            each.get("field"),
            _transformations(each.get("transformations", ())),
        )
        for each in told["inputs"]
    )


def _transformations(said: Any) -> tuple[Transformation, ...]:
    return tuple(
        Transformation(each["type"], each.get("subtype", ""), masking=each.get("masking", False)) for each in said
    )
