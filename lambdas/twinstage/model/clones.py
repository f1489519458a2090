"""What a twin is made of beside its snapshot, as one digest: by it a twin is known to be the one that a scenario was published for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def clones_digest(
    arms: Sequence[str],
    packages: Mapping[str, str],
    changes: Mapping[str, Mapping[str, Any]],
    keep: Collection[str],
    *,
    stress: str,
    spare_zones: Collection[str],
    shaped_tables: Collection[str],
) -> str:
    """The digest over the arms of a twin, over what a change makes of functions, and over what is granted or made for a scenario, `sha256:<hex>`.

    `changes` maps each changed function to what is given of it (handler, environment, ...); `packages` gives the SHA-256 (hex) of the package that stands for its `code`.
    `keep` names the variables that pass unchanged. The baseline's code is the snapshot's. What is given as nothing (None, empty) is not given. `stress` is what load is sent to,
    `spare_zones` are the names of zones that the log makes, `shaped_tables` those of tables that get another schema; their order says nothing.
    """
    made = {
        name: {"package": packages.get(name)}
        | {
            member: value
            for member, value in change.items()
            if member != "code" and value not in (None, "", {}, [], ())
        }
        for name, change in changes.items()
    }
    granted = {"stress": stress, "spare_zones": sorted({*spare_zones}), "shaped_tables": sorted({*shaped_tables})}
    return digest({"arms": list(arms), "functions": made, "keep": sorted(keep), **granted})
