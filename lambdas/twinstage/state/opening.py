"""The one door to a snapshot that something is to be made of: everything about it is checked before the first write, and everything wrong is told at once.

Whoever only looks at a manifest (`state.snapshot.get_manifest`) or reads one part of a snapshot that was opened before (`get_items`) still gets nothing that
is not what its address says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError
from twinstage.state.signature import Signature, Standing, check_signature
from twinstage.state.snapshot import get_manifest, part_problems

if TYPE_CHECKING:
    from twinstage.model.manifest import Manifest
    from twinstage.world.signers import Keyring
    from twinstage.world.store import Store


@dataclass(frozen=True)
class Trust:
    """Whose signatures count. With `unsigned`, a snapshot that nobody signed, or nobody who is trusted, is taken too: a wrong signature never is."""

    keyring: Keyring
    unsigned: bool = False


@dataclass(frozen=True)
class Opened:
    """A snapshot that may be relied on, and how it is signed; None where nobody asked."""

    manifest: Manifest
    signature: Signature | None = None


def open_snapshot(store: Store, snapshot: str, trust: Trust | None) -> Opened:
    """The snapshot with this id: manifest, signature and every part checked. Without `trust` the signature is not looked at.

    Raises InputError: a manifest that is missing, of another schema or changed; else whatever is wrong with the signature and with any part, by name.
    """
    manifest = get_manifest(store, snapshot)
    signature = check_signature(store, manifest, trust.keyring) if trust is not None else None
    problems = part_problems(store, manifest)
    if trust is not None and signature is not None and not _enough(signature, trust):
        problems = [*signature.problems, *problems]
    if problems:
        raise InputError(problems)
    return Opened(manifest, signature)


def _enough(signature: Signature, trust: Trust) -> bool:
    accepted = {Standing.TRUSTED} | ({Standing.UNSIGNED, Standing.UNKNOWN_KEY} if trust.unsigned else set())
    return signature.standing in accepted
