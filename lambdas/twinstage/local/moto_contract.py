"""Every moto function that the embedded AWS replaces, held to the source it was written against.

A replacement leans on what the replaced code did. `moto_fingerprints.json` records the SHA-256 of the source of each replaced
function; an engine refuses to start over another source and names the functions, so that an upgrade of moto fails loudly.
`python -m twinstage.local.moto_contract --update` records the installed moto after somebody has read the differences.

Replacements are process-wide, as moto's state is. They are made when an engine starts and taken back when it stops.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable

FINGERPRINTS = Path(__file__).with_name("moto_fingerprints.json")

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True)
class _Change:
    """One attribute as it was before it was replaced; `inherited` when its owner only inherited it."""

    owner: Any
    name: str
    before: Any
    inherited: bool


_changes: list[_Change] = []
_replaced: set[str] = set()


def _locate(target: str) -> tuple[Any, str]:
    """The owner and the attribute name of `module:Class.attribute` or `module:function`."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    try:
        owner: Any = importlib.import_module(module)
        for part in owners:
            owner = getattr(owner, part)
        inspect.getattr_static(owner, name)
    except (ImportError, AttributeError) as error:
        raise TwinstageError(
            "MOTO_CONTRACT",
            f"the installed moto has no {target}: {error}",
            hint="install the moto version that pyproject.toml pins",
        ) from error
    return owner, name


def _source(target: str) -> str:
    """The source text of a target; of its whole module when it is data."""
    owner, name = _locate(target)
    found = inspect.getattr_static(owner, name)
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    if isinstance(found, property):
        found = found.fget
    if inspect.isfunction(found) or inspect.isclass(found):
        return inspect.getsource(inspect.unwrap(found))
    return inspect.getsource(importlib.import_module(target.partition(":")[0]))


def fingerprint(target: str) -> str:
    """SHA-256 (hex) of the installed source of a target that is not replaced at the moment."""
    return hashlib.sha256(_source(target).encode()).hexdigest()


def replace(target: str, replacement: Any) -> Any:
    """Put `replacement` in the place of a moto attribute until `restore()`, and return what was there.

    `target` is `moto.package.module:Class.method` or `moto.package.module:function`. Static and class methods stay what they
    are: pass the plain function; the returned original is callable with the same arguments (methods take `self` first).
    """
    owner, name = _locate(target)
    _replaced.add(target)
    before = inspect.getattr_static(owner, name)
    inherited = inspect.isclass(owner) and name not in vars(owner)
    _changes.append(_Change(owner, name, before, inherited))
    if isinstance(before, staticmethod):
        setattr(owner, name, staticmethod(replacement))
        return before.__func__
    if isinstance(before, classmethod):
        setattr(owner, name, classmethod(replacement))
        return before.__func__
    setattr(owner, name, replacement)
    return before


def replaces(target: str) -> Callable[[F], F]:
    """Decorator form of `replace` for a replacement that does not need the original."""

    def decorate(replacement: F) -> F:
        replace(target, replacement)
        return replacement

    return decorate


def extends(target: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function gets the original as its first argument, then the arguments of the call."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        original: Any = None

        def replacement(*args: Any, **kwargs: Any) -> Any:
            return function(original, *args, **kwargs)

        original = replace(target, replacement)
        return replacement

    return decorate


def replace_everywhere(target: str, replacement: Any, *, within: str = "moto.") -> Any:
    """`replace`, and the same in every loaded module under `within` that imported the function by its name."""
    owner, name = _locate(target)
    before = getattr(owner, name)
    for module in list(sys.modules.values()):
        if module is None or module is owner or not getattr(module, "__name__", "").startswith(within):
            continue
        if vars(module).get(name) is before:
            _changes.append(_Change(module, name, before, inherited=False))
            setattr(module, name, replacement)
    return replace(target, replacement)


def restore() -> None:
    """Take every replacement back, the last one first. Idempotent."""
    while _changes:
        change = _changes.pop()
        if change.inherited:
            delattr(change.owner, change.name)
        else:
            setattr(change.owner, change.name, change.before)


def recorded() -> dict[str, str]:
    """Target to fingerprint, as the data file has them."""
    if not FINGERPRINTS.exists():
        return {}
    data: dict[str, dict[str, str]] = json.loads(FINGERPRINTS.read_text())
    return data["targets"]


def differences(records: dict[str, str]) -> dict[str, str]:
    """Target to reason, for every recorded target whose installed source is missing or another one."""
    wrong: dict[str, str] = {}
    for target, expected in records.items():
        try:
            if fingerprint(target) != expected:
                wrong[target] = "its source changed"
        except TwinstageError:
            wrong[target] = "it is gone"
    return wrong


def verify() -> None:
    """Refuse an installed moto that is not the one the replacements were written for. Call before replacing anything."""
    wrong = differences(recorded())
    if wrong:
        listing = "; ".join(f"{target}: {reason}" for target, reason in sorted(wrong.items()))
        raise TwinstageError(
            "MOTO_CONTRACT",
            f"the installed moto differs from the one the embedded AWS was written for: {listing}",
            hint="install the pinned moto, or read the differences and run python -m twinstage.local.moto_contract --update",
            details={"targets": sorted(wrong)},
        )


def unrecorded() -> set[str]:
    """Targets replaced since the process started that the data file does not hold, and so does not guard."""
    return _replaced - set(recorded())


def stale() -> set[str]:
    """Targets in the data file that nothing replaced; meaningful after an engine has started."""
    return set(recorded()) - _replaced


def update() -> dict[str, str]:
    """Record every target that a running engine has replaced, with the fingerprint of the installed source."""
    from importlib.metadata import version

    from twinstage.local.engine import Engine

    Engine.start(verify=False).stop()
    targets = {target: fingerprint(target) for target in sorted(_replaced)}
    FINGERPRINTS.write_text(json.dumps({"moto": version("moto"), "targets": targets}, indent=1) + "\n")
    return targets


def main(arguments: list[str]) -> int:
    """`--update` records; without it, verify."""
    if arguments == ["--update"]:
        sys.stdout.write(f"{len(update())} functions recorded in {FINGERPRINTS.name}\n")
        return 0
    verify()
    sys.stdout.write("the installed moto is the recorded one\n")
    return 0


if __name__ == "__main__":
    # Those who replace functions note them in this very module, not in a second copy of it.
    sys.modules["twinstage.local.moto_contract"] = sys.modules[__name__]
    sys.exit(main(sys.argv[1:]))
