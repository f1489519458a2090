"""What the clones of a twin's functions are made of, as one digest: by it a twin is known to be the one that a scenario was published for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def clones_digest(
    arms: Sequence[str],
    packages: Mapping[str, str],
    changes: Mapping[str, Mapping[str, Any]],
    keep: Collection[str] = (),
) -> str:
    """The digest over the arms of a twin and over what a change makes of functions, `sha256:<hex>`.

    `changes` maps each changed function to what is given of it (handler, environment, ...); `packages` gives the SHA-256 (hex) of the package that stands for its `code`.
    `keep` names the variables that pass unchanged. The baseline's code is the snapshot's. What is given as nothing (None, empty) is not given.
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
    return digest({"arms": list(arms), "functions": made, "keep": sorted(keep)})
