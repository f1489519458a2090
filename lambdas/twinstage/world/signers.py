"""Keys that sign snapshots, and keys that are trusted: files in this user's configuration directory.

`signing-key.pem` is this user's own Ed25519 key, made when it is first needed and readable by nobody else; `signing-key.pub.pem` is its public half, to be given
to whoever is to trust it; `trusted/*.pem` are the public keys of others: Ed25519, or ECDSA on P-256 as AWS KMS has them. The own key is always trusted.
A key's id is `sha256:<hex>` of its public half, as DER SubjectPublicKeyInfo.
"""

from __future__ import annotations

import os
import secrets
import stat
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeGuard

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem, SafetyError

if TYPE_CHECKING:
    from collections.abc import Mapping

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
PRIVATE, PUBLIC, TRUSTED = "signing-key.pem", "signing-key.pub.pem", "trusted"


class Signer(Protocol):
    """A key that signs. Implementations: `LocalKey`, `world.aws.kms_signer.KmsKey`."""

    @property
    def key_id(self) -> str:
        """`sha256:<hex>` of the public key."""

    def sign(self, data: bytes) -> bytes:
        """The signature of these bytes."""


class Keyring(Protocol):
    """Keys whose signatures count. Implementation: `TrustedKeys`."""

    def check(self, key_id: str, signature: bytes, data: bytes) -> bool | None:
        """Whether this key made this signature of these bytes; None where the key is not among the trusted ones."""


def home_directory(variables: Mapping[str, str]) -> Path:
    """This user's configuration directory: `TWINSTAGE_HOME`, or `twinstage` where XDG keeps configuration.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if given := variables.get("TWINSTAGE_HOME"):
        return Path(given)
    xdg = variables.get("XDG_CONFIG_HOME", "")
    return (Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".config") / "twinstage"


class LocalKey:
    """This user's own key, below `home`. It is made when it is first asked for."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @cached_property
    def private(self) -> ed25519.Ed25519PrivateKey:
        """The key itself. Raises SafetyError where others can read its file, InputError where the file holds no such key."""
        path = self.home / PRIVATE
        try:
            if not path.exists():
                _make(path)
            if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
                message = f"others can use {path}: its mode is {mode:04o}"
                raise SafetyError("KEY_EXPOSED", message, hint=f"chmod 600 {path}")
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_key(path, f"no private key: {error}") from error
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise _no_key(path, "not an Ed25519 key")
        self._publish(key)
        return key

    def _publish(self, key: ed25519.Ed25519PrivateKey) -> None:
        """Write the public half where it is missing: whoever made the key may have been stopped before."""
        path = self.home / PUBLIC
        if not path.exists():
            path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @cached_property
    def key_id(self) -> str:
        """`sha256:<hex>` of the public key."""
        return key_id(self.private.public_key())

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature (RFC 8032) of these bytes."""
        return self.private.sign(data)


class TrustedKeys:
    """The own key below `home`, if there is one, and every key in `trusted/`."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @cached_property
    def keys(self) -> dict[str, PublicKey]:
        """The keys by id. Raises InputError with every file that holds none."""
        found: dict[str, PublicKey] = {}
        problems: list[InputProblem] = []
        for path in sorted((self.home / TRUSTED).glob("*.pem")):
            try:
                key = load_pem_public_key(path.read_bytes())
            except (OSError, ValueError, UnsupportedAlgorithm) as error:
                problems += _no_key(path, f"no public key: {error}").problems
                continue
            if _signs(key):
                found[key_id(key)] = key
            else:
                problems += _no_key(path, "neither an Ed25519 nor a P-256 key").problems
        if problems:
            raise InputError(problems)
        if (self.home / PRIVATE).exists():
            own = LocalKey(self.home).private.public_key()
            found[key_id(own)] = own
        return found

    def check(self, key_id: str, signature: bytes, data: bytes) -> bool | None:
        """Whether this key made this signature; None where it is not trusted."""
        key = self.keys.get(key_id)
        return None if key is None else verifies(key, signature, data)


def verifies(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether a signature is this key's: Ed25519, or ECDSA with SHA-256 in DER."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def key_id(key: PublicKey) -> str:
    """`sha256:<hex>` of a public key's DER SubjectPublicKeyInfo."""
    return f"sha256:{sha256_hex(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}"


def _signs(key: object) -> TypeGuard[PublicKey]:
    return isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    )


def _make(path: Path) -> None:
    """A new key, complete or not at all, and the same one for whoever makes it at the same time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ed25519.Ed25519PrivateKey.generate()
    temporary = path.parent / f".key-{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)


def _no_key(path: Path, message: str) -> InputError:
    return InputError([InputProblem(str(path), 0, "", message, "give a key in PEM form, or take the file away")])
