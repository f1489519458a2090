"""Signatures: DSSE envelopes that anyone can check with standard tools, by keys that nobody else can use."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.model.errors import AwsError, InputError, SafetyError
from twinstage.state.signature import PAYLOAD_TYPE, Standing, check_signature, sign
from twinstage.state.snapshot import envelope_key, manifest_key
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.aws.kms_signer import KmsKey
from twinstage.world.signers import PRIVATE, PUBLIC, TRUSTED, LocalKey, TrustedKeys, home_directory, key_id
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest


def signed_bytes(store: DirectoryStore, snapshot: Manifest) -> tuple[bytes, bytes]:
    """What DSSE says is signed, made anew from the protocol's text, and the signature."""
    envelope = json.loads(store.get(envelope_key(snapshot.id)))
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    assert kind == PAYLOAD_TYPE.encode()
    assert payload == store.get(manifest_key(snapshot.id))
    encoded = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    (entry,) = envelope["signatures"]
    return encoded, base64.b64decode(entry["sig"])


def test_openssl_alone_can_check_a_signature(store: DirectoryStore, own: LocalKey, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl on this machine")
    snapshot = snapshot_of(source(), store, signer=own)
    data, signature = signed_bytes(store, snapshot)
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "sig").write_bytes(signature)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", own.home / PUBLIC, "-rawin"]
    check = [*command, "-in", tmp_path / "data", "-sigfile", tmp_path / "sig"]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    (tmp_path / "data").write_bytes(data + b" ")
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_cryptography_alone_can_check_a_signature(store: DirectoryStore, own: LocalKey) -> None:
    data, signature = signed_bytes(store, snapshot_of(source(), store, signer=own))
    public = serialization.load_pem_public_key((own.home / PUBLIC).read_bytes())
    public.verify(signature, data)  # type: ignore[union-attr, call-arg]  # an Ed25519 key, which raises where it is wrong


def test_the_public_half_is_written_where_whoever_made_the_key_was_stopped_before(own: LocalKey) -> None:
    made = own.key_id
    (own.home / PUBLIC).unlink()
    LocalKey(own.home).sign(b"data")
    public = serialization.load_pem_public_key((own.home / PUBLIC).read_bytes())
    assert key_id(public) == made  # type: ignore[arg-type]  # an Ed25519 key


def test_a_trusted_key_that_cannot_be_read_is_told_by_its_file(own: LocalKey) -> None:
    (own.home / TRUSTED / "directory.pem").mkdir(parents=True)
    with pytest.raises(InputError, match="no public key") as caught:
        TrustedKeys(own.home).check("sha256:0", b"", b"")
    assert caught.value.problems[0].file.endswith("directory.pem")


def test_the_own_key_is_made_once_and_for_its_user_alone(own: LocalKey) -> None:
    assert LocalKey(own.home).key_id == own.key_id == LocalKey(own.home).key_id
    assert stat.S_IMODE((own.home / PRIVATE).stat().st_mode) == 0o600
    assert [path.name for path in own.home.iterdir()] == sorted([PRIVATE, PUBLIC])


def test_all_who_need_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: LocalKey(tmp_path / "own").key_id, range(32)))) == 1


def test_nobody_has_a_key_before_they_sign(tmp_path: Path) -> None:
    assert TrustedKeys(tmp_path / "own").keys == {}
    assert not (tmp_path / "own").exists()


def test_a_key_that_others_can_use_is_refused(own: LocalKey) -> None:
    assert own.key_id
    (own.home / PRIVATE).chmod(0o644)
    with pytest.raises(SafetyError, match=r"others can use .* its mode is 0644"):
        LocalKey(own.home).sign(b"")


def test_a_file_that_is_no_key_is_named(own: LocalKey) -> None:
    (own.home / TRUSTED).mkdir(parents=True)
    (own.home / TRUSTED / "a.pem").write_bytes(b"nothing")
    large = rsa.generate_private_key(65537, 2048).public_key()
    pem = large.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (own.home / TRUSTED / "b.pem").write_bytes(pem)
    with pytest.raises(InputError) as caught:
        TrustedKeys(own.home).check("sha256:0", b"", b"")
    assert [problem.file for problem in caught.value.problems] == [
        str(own.home / TRUSTED / name) for name in ("a.pem", "b.pem")
    ]
    (own.home / PRIVATE).write_bytes(b"nothing")
    (own.home / PRIVATE).chmod(0o600)
    with pytest.raises(InputError, match="no private key"):
        LocalKey(own.home).sign(b"")


def test_another_kind_of_private_key_does_not_sign(own: LocalKey) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own.home.mkdir()
    (own.home / PRIVATE).touch(mode=0o600)
    (own.home / PRIVATE).write_bytes(pem)
    with pytest.raises(InputError, match="not an Ed25519 key"):
        own.sign(b"")


@pytest.mark.parametrize(
    ("variables", "home"),
    [
        ({"TWINSTAGE_HOME": "/keys", "XDG_CONFIG_HOME": "/config"}, "/keys"),
        ({"XDG_CONFIG_HOME": "/config"}, "/config/twinstage"),
    ],
)
def test_keys_are_where_the_environment_says(variables: dict[str, str], home: str) -> None:
    assert str(home_directory(variables)) == home


@pytest.mark.parametrize("variables", [{}, {"XDG_CONFIG_HOME": "relative"}, {"TWINSTAGE_HOME": ""}])
def test_or_where_configuration_is_kept(variables: dict[str, str]) -> None:
    assert home_directory(variables).parts[-2:] == (".config", "twinstage")


class DocumentedKms:
    """A key of KMS as AWS documents it: what moto's does not do is take a message for the digest that it is said to be.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def get_public_key(self, *, KeyId: str) -> dict[str, bytes]:  # noqa: N803 the API's name
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return {"PublicKey": self.key.public_key().public_bytes(*form)}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, bytes]:  # noqa: N803 the API's names
        assert (MessageType, SigningAlgorithm, len(Message)) == ("DIGEST", "ECDSA_SHA_256", 32)
        return {"Signature": self.key.sign(Message, ec.ECDSA(Prehashed(hashes.SHA256())))}


def test_what_kms_signed_is_checked_anywhere_by_its_public_key(store: DirectoryStore, own: LocalKey) -> None:
    kms = DocumentedKms()
    snapshot = snapshot_of(source(), store, signer=KmsKey(kms, "alias/twinstage"))
    assert check_signature(store, snapshot, TrustedKeys(own.home)).standing is Standing.UNKNOWN_KEY
    public = kms.key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (own.home / TRUSTED).mkdir(parents=True)
    (own.home / TRUSTED / "kms.pem").write_bytes(pem)
    signature = check_signature(store, snapshot, TrustedKeys(own.home))
    assert (signature.standing, signature.keys) == (Standing.TRUSTED, (key_id(public),))
    data, raw = signed_bytes(store, snapshot)
    public.verify(raw, data, ec.ECDSA(hashes.SHA256()))


def test_the_calls_to_kms_are_what_its_api_takes(store: DirectoryStore) -> None:
    kms = boto3.client("kms", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    documented = DocumentedKms()
    with Stubber(kms) as answers:
        answers.add_response("get_public_key", documented.get_public_key(KeyId="alias/twinstage"))
        answers.add_response("sign", {"Signature": b"signature"})
        answers.add_client_error("sign", "NotFoundException", "no such key")
        snapshot = snapshot_of(source(), store, signer=KmsKey(kms, "alias/twinstage"))
        with pytest.raises(AwsError, match="kms Sign: NotFoundException: no such key"):
            KmsKey(kms, "alias/none").sign(b"")
    (entry,) = json.loads(store.get(envelope_key(snapshot.id)))["signatures"]
    assert entry == {"keyid": key_id(documented.key.public_key()), "sig": base64.b64encode(b"signature").decode()}


def test_a_copy_keeps_what_was_signed_on_either_side(store: DirectoryStore, own: LocalKey, tmp_path: Path) -> None:
    other, target = LocalKey(tmp_path / "other"), DirectoryStore(tmp_path / "target")
    snapshot = snapshot_of(source(), store, signer=own)
    copy_snapshot(store, target, snapshot)
    sign(target, snapshot, other)
    copy_snapshot(store, target, snapshot)
    for key in (own, other):
        assert check_signature(target, snapshot, TrustedKeys(key.home)).keys == (key.key_id,)
    copy_snapshot(target, store, snapshot)
    assert store.get(envelope_key(snapshot.id)) == target.get(envelope_key(snapshot.id))


@pytest.mark.parametrize("envelope", [b"nothing", b"{}"])
def test_a_wrong_signature_is_copied_as_it_is_and_never_over_a_good_one(
    store: DirectoryStore, own: LocalKey, tmp_path: Path, envelope: bytes
) -> None:
    target = DirectoryStore(tmp_path / "target")
    snapshot = snapshot_of(source(), store, signer=own)
    good, key = store.get(envelope_key(snapshot.id)), envelope_key(snapshot.id)
    store.put(key, envelope)
    copy_snapshot(store, target, snapshot)
    assert check_signature(target, snapshot, TrustedKeys(own.home)).standing is Standing.WRONG
    target.put(key, good)
    copy_snapshot(store, target, snapshot)
    assert target.get(key) == good
