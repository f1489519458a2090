"""The candidate's code among a run's input: a zip a changed function, under `input/code/`.

Baseline code is part of the snapshot. Clones have the candidate's code in their deployment, where nobody may read it from; what explores needs it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.archive import zip_directory
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.inputs import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.scenario import Scenario
    from twinstage.world.store import Store


def code_key(function: str) -> str:
    """Where a changed function's deployment package lies, below a run's prefix."""
    return f"input/code/{function}.zip"


def local_changes(candidate: Mapping[str, Mapping[str, Any]]) -> dict[str, Change]:
    """The change of each function out of `{"code": folder, "handler"?, "environment"?, "unset"?, "timeout_s"?, "memory_mb"?}`, packed as it is deployed."""
    return {name: Change.of(zip_directory(spec["code"]), spec) for name, spec in sorted(candidate.items())}


def uploaded_changes(results: Store, scenario: Scenario, code: Mapping[str, str]) -> dict[str, Change]:
    """The change of each function as it was uploaded; `code` maps a function to the digest that the run was started with.

    Raises InputError, with every one, for packages that are missing or are others than those.
    """
    changes, problems = dict[str, Change](), list[InputProblem]()
    for name in scenario.changed:
        key, spec = code_key(name), scenario.document["change"]["functions"][name]
        package = results.get(key) if results.exists(key) else None
        if package is None or f"sha256:{sha256_hex(package)}" != code[name]:
            message = "is missing" if package is None else f"is not the package of digest {code[name]}"
            hint = "upload the candidate's packages with the run's input"
            problems.append(InputProblem(key, 0, "", f"the candidate's code of {name} {message}", hint))
        else:
            changes[name] = Change.of(package, spec)
    if problems:
        raise InputError(problems)
    return changes
