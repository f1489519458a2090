"""What an OpenLineage event says of lineage, whichever of its forms it came in.

Source: https://openlineage.io/docs/spec/object-model and the facets' schemas at https://openlineage.io/spec/facets/
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Identity:
    """A job or dataset: its name within its namespace. `namespace` is None where a partial event leaves it out: then nobody knows which one is meant."""

    namespace: str | None
    name: str


@dataclass(frozen=True)
class Transformation:
    """How an input comes to bear: DIRECT (a value comes out of it) or INDIRECT (it decides about rows), what precisely, and whether it hides the value."""

    type: str
    subtype: str = ""
    masking: bool = False


@dataclass(frozen=True)
class Input:
    """What something is derived from: a dataset, one of its columns, or a job; `of` is None for the event's own job."""

    of: Identity | None
    is_job: bool = False
    column: str | None = None
    transformations: tuple[Transformation, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """What is derived from what: a dataset as a whole (`column` None), one of its columns, or a job; `of` is None for the event's own job."""

    of: Identity | None
    inputs: tuple[Input, ...]
    is_job: bool = False
    column: str | None = None
    pointer: str = ""


@dataclass(frozen=True)
class Field:
    """One column: its path in the dataset (`address.city` for what is nested), and its type where told."""

    path: str
    type: str = ""


@dataclass(frozen=True)
class Dataset:
    """A dataset as an event tells of it. `same_as` are its other names; `before` is the name it had before it was renamed."""

    identity: Identity
    pointer: str
    fields: tuple[Field, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    same_as: tuple[Identity, ...] = ()
    before: Identity | None = None
    lifecycle: str = ""
    owners: tuple[str, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    """Of each assertion, what is asserted and of which column ("" for the whole)."""
    named: bool = True
    """False for the dataset of a facet that came without one."""


@dataclass(frozen=True)
class Instant:
    """A moment: seconds since the epoch, nanoseconds within the second, and whether its zone was told. Without a zone it is taken for UTC."""

    epoch_s: int
    nanoseconds: int
    zoned: bool


@dataclass(frozen=True)
class LineageEvent:
    """One event, and where it is: the file, the line (from 1) at which it begins, the JSON pointer in a document that holds several."""

    file: str
    line: int
    pointer: str
    type: str = ""
    at: Instant | None = None
    job: Identity | None = None
    run: str = ""
    parents: tuple[Identity, ...] = ()
    """The job that started this one, and the one at the root of it all."""
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    """Those that a dataset event or a sample of facets describes, read or written by nobody."""
    derivations: tuple[Derivation, ...] = ()
    owners: tuple[str, ...] = ()
