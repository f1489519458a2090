"""Signatures of snapshots: DSSE envelopes around the manifest's own bytes.

The manifest names every part by its digest, so that a signature of it covers the whole snapshot. What is signed is DSSE's pre-authentication encoding (PAE)
of those bytes: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md. Which keys there are, and how they sign, is for `world.signers` and
`world.aws.kms_signer` to say.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputProblem
from twinstage.model.reading.json_document import MALFORMED, state
from twinstage.state.snapshot import envelope_key
from twinstage.world import dsse
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.manifest import Manifest
    from twinstage.world.signers import Keyring, Signer
    from twinstage.world.store import Store

PAYLOAD_TYPE = "application/vnd.twinstage.snapshot+json"


class Standing(StrEnum):
    """What a snapshot's signature comes to."""

    TRUSTED = "trusted"
    UNKNOWN_KEY = "unknown-key"
    UNSIGNED = "unsigned"
    WRONG = "wrong"


@dataclass(frozen=True)
class Signature:
    """The standing of one snapshot, the keys that signed it, and what there is to say against it: nothing where it is trusted."""

    standing: Standing
    keys: tuple[str, ...] = ()
    problems: tuple[InputProblem, ...] = ()

    def document(self) -> dict[str, Any]:
        """As commands print it."""
        return {"standing": str(self.standing), "keys": list(self.keys)}


def pre_authentication_encoding(payload: bytes) -> bytes:
    """What is signed of a manifest's bytes."""
    return dsse.pre_authentication_encoding(PAYLOAD_TYPE, payload)


def sign(store: Store, manifest: Manifest, signer: Signer) -> None:
    """Write a snapshot's envelope. Signatures of other keys stay where they are of this manifest."""
    payload, key = canonical_json(manifest.document()), envelope_key(manifest.id)
    there = _read(store.get(key), payload) if store.exists(key) else None
    others = there.signatures if there is not None else {}
    _write(store, key, payload, {**others, signer.key_id: signer.sign(pre_authentication_encoding(payload))})


def copy_signatures(source: Store, target: Store, manifest: Manifest) -> None:
    """Bring a snapshot's signatures into another store, beside those that it has there, which stay as they are.

    Where the target has no envelope of this manifest, the source's is taken as it is, right or wrong: `check_signature` judges it.
    """
    key, payload = envelope_key(manifest.id), canonical_json(manifest.document())
    if not source.exists(key):
        return
    stored = source.get(key)
    given, there = _read(stored, payload), _read(target.get(key), payload) if target.exists(key) else None
    if there is None:
        target.put(key, stored)
    elif given is not None and given.signatures.keys() - there.signatures.keys():
        _write(target, key, payload, {**given.signatures, **there.signatures})


def _write(store: Store, key: str, payload: bytes, made: Mapping[str, bytes]) -> None:
    put_json(store, key, dsse.envelope(PAYLOAD_TYPE, payload, made))


def check_signature(store: Store, manifest: Manifest, keyring: Keyring) -> Signature:
    """The standing of a snapshot: TRUSTED where a trusted key signed this very manifest, and no trusted key something else in its name."""
    key = envelope_key(manifest.id)
    if not store.exists(key):
        return _against(Standing.UNSIGNED, key, "the snapshot is not signed")
    payload = canonical_json(manifest.document())
    envelope = _read(store.get(key), payload)
    if envelope is None:
        return _against(Standing.WRONG, key, "not a signature of this manifest")
    data, names = pre_authentication_encoding(payload), tuple(sorted(envelope.signatures))
    found = {name: keyring.check(name, envelope.signatures[name], data) for name in names}
    if wrong := [name for name in names if found[name] is False]:
        return _against(
            Standing.WRONG, key, f"the signature is not that of the key it names, {', '.join(wrong)}", names
        )
    if trusted := tuple(name for name in names if found[name]):
        return Signature(Standing.TRUSTED, trusted)
    if not names:
        return _against(Standing.UNSIGNED, key, "the snapshot is not signed")
    return _against(Standing.UNKNOWN_KEY, key, f"signed by a key that is not trusted: {', '.join(names)}", names)


@dataclass(frozen=True)
class _Envelope:
    """Signatures by key id."""

    signatures: dict[str, bytes]


def _read(stored: bytes, payload: bytes) -> _Envelope | None:
    """What an envelope says of this payload; None where it is of another, or no envelope at all."""
    try:
        document = state(stored)
        given = {str(entry["keyid"]): _decoded(entry["sig"]) for entry in document["signatures"]}
        if document["payloadType"] != PAYLOAD_TYPE or _decoded(document["payload"]) != payload:
            return None
    except (*MALFORMED, KeyError):
        return None
    return _Envelope(given)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _against(standing: Standing, key: str, message: str, keys: tuple[str, ...] = ()) -> Signature:
    return Signature(standing, keys, (InputProblem(key, 0, "", message, _HINTS[standing]),))


_HINTS = {
    Standing.UNSIGNED: "`--unsigned` takes it nevertheless; `twinstage snapshot sign` signs it",
    Standing.UNKNOWN_KEY: "put that key's public half into the folder `trusted` of TWINSTAGE_HOME, or give `--unsigned`",
    Standing.WRONG: "the snapshot or its signature was changed: take another copy",
}
