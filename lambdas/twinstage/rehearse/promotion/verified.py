"""Whether an order may be carried out: the attestation is of this run and by a trusted key, people's approval stands, the order is the one that the run makes, and in time."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.model.reading.json_document import MALFORMED, state
from twinstage.model.timestamp import instant
from twinstage.rehearse.attestation import ATTESTATION, PAYLOAD_TYPE, statement
from twinstage.rehearse.promotion.order import ORDER, order_of
from twinstage.rehearse.uploaded import code_key
from twinstage.world.dsse import pre_authentication_encoding
from twinstage.world.jsons import get_json
from twinstage.world.store import ReadOnce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.rehearse.promotion.order import Order
    from twinstage.world.signers import Keyring
    from twinstage.world.store import Store

_ANEW = "take another copy of the run, or rehearse again"


def verified(results: Store, snapshots: Store, keyring: Keyring) -> Order:
    """The order of a run, held against everything that it follows from. Raises SafetyError with what is wrong, InputError where the run made no order."""
    # What is held against the signature is what the order is made of: somebody may be writing there meanwhile.
    results = ReadOnce(results)
    _attested(results, keyring)
    if not results.exists(ORDER):
        raise InputError(
            [InputProblem(ORDER, 0, "", "the run made no order", "rehearse a change; then promote its run")]
        )
    written = get_json(results, ORDER)
    try:
        order = order_of(results, snapshots, str(written["ordered_at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _other(
            f"{ORDER} is no order of this run", repr(error), "what the run's results and snapshot give"
        ) from error
    made = order.document()
    if differing := sorted(name for name in {*made, *written} if made.get(name) != written.get(name)):
        observed = ", ".join(f"{name} {written.get(name, 'missing')}" for name in differing)
        expected = ", ".join(f"{name} {made.get(name, 'missing')}" for name in differing)
        raise _other(f"{ORDER} is not the order that this run makes", observed, expected)
    return order


def require_time(order: Order, now: str) -> None:
    """Nothing while the order stands. Raises SafetyError afterwards."""
    if instant(now) < instant(order.not_after):
        return
    details = {"observed": now, "expected": f"before {order.not_after}"}
    message = f"the order is void: observed {now}; expected before {order.not_after}"
    raise SafetyError("EXPIRED", message, hint="rehearse again: production has gone on since", details=details)


def require_account(order: Order, account: str, region: str) -> None:
    """Nothing where this is production. Raises SafetyError where these are another account's credentials, or functions are asked for in another region."""
    found, captured = {"account": account, "region": region}, {name: order.head[name] for name in ("account", "region")}
    # Record sets have no region.
    names = [
        name for name in (("account", "region") if order.functions else ("account",)) if found[name] != captured[name]
    ]
    if not names:
        return
    observed, expected = (", ".join(f"{name} {said[name]}" for name in names) for said in (found, captured))
    details = {"observed": observed, "expected": expected}
    message = f"this is not production: observed {observed}; expected {expected}"
    hint = "promote with credentials of the account, and in the region, that was captured"
    raise SafetyError("OTHER_ACCOUNT", message, hint=hint, details=details)


def require_guards(order: Order) -> None:
    """Nothing where the plan's guards let the change through. Raises SafetyError with those that refuse."""
    refusing = [guard for guard in order.head["guards"] if not guard["passed"] and not guard["allowed"]]
    if not refusing:
        return
    told = "; ".join(f"{guard['guard']}: observed {guard['observed']}; limit {guard['limit']}" for guard in refusing)
    details = {"observed": told, "expected": "every guard of the plan passes, or was allowed"}
    raise SafetyError("GUARD", f"the plan's guards refuse: {told}", hint=refusing[0]["way_out"], details=details)


def packages(results: Store, order: Order) -> dict[str, bytes]:
    """The package of each function whose code changes. Raises SafetyError where one is missing, or is not the attested one."""
    found = {}
    for function in order.functions:
        if function.package == function.was_package:
            continue
        key = code_key(function.name)
        content = results.get(key) if results.exists(key) else None
        seen = "missing" if content is None else f"sha256:{sha256_hex(content)}"
        if content is None or seen != function.package:
            raise _other(f"{key} is not the code that was attested", seen, function.package)
        found[function.name] = content
    return found


def _attested(results: Store, keyring: Keyring) -> None:
    """Raises SafetyError where no trusted key signed what is to be said of these very results."""
    if not results.exists(ATTESTATION):
        message = "the run is not attested: observed no attestation.json; expected one by a trusted key"
        raise SafetyError("NOT_ATTESTED", message, hint="`twinstage attest RUN`, by whoever has the key")
    payload, signatures = _opened(results.get(ATTESTATION))
    data = pre_authentication_encoding(PAYLOAD_TYPE, payload)
    checked = {name: keyring.check(name, signature, data) for name, signature in signatures.items()}
    if wrong := [name for name, holds in checked.items() if holds is False]:
        raise _forged(f"the signature is not that of the key it names, {', '.join(wrong)}")
    if not any(checked.values()):
        named = ", ".join(checked) or "nobody"
        details = {"observed": named, "expected": "a trusted key"}
        hint = "put that key's public half into the folder `trusted` of TWINSTAGE_HOME, if you trust it"
        message = f"the attestation is not by a trusted key: observed {named}; expected a trusted key"
        raise SafetyError("UNTRUSTED_KEY", message, hint=hint, details=details)
    said, expected = state(payload), statement(results)
    if canonical_json(expected) != payload:
        seen, wanted = _descriptors(expected), _descriptors(said)
        names = sorted(name for name in {*seen, *wanted} if seen.get(name) != wanted.get(name))
        observed = ", ".join(f"{name} {seen.get(name, 'missing')}" for name in names)
        attested = ", ".join(f"{name} {wanted.get(name, 'missing')}" for name in names)
        raise _other("what was attested is not what lies here", observed or "other findings", attested)


def _opened(stored: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Payload and signatures of an envelope. Raises SafetyError where it is none of ours."""
    try:
        document = state(stored)
        signatures = {
            str(each["keyid"]): base64.b64decode(each["sig"], validate=True) for each in document["signatures"]
        }
        payload = base64.b64decode(document["payload"], validate=True)
        kind = document["payloadType"]
    except (*MALFORMED, KeyError, TypeError, ValueError) as error:
        raise _forged(f"it cannot be read: {error}") from error
    if kind != PAYLOAD_TYPE:
        raise _forged(f"its payload is a {kind}")
    return payload, signatures


def _descriptors(said: Mapping[str, Any]) -> dict[str, str]:
    """Name -> digest of everything that a statement is about."""
    try:
        named = [*said["subject"], *said["predicate"]["configuration"]]
        return {str(each["name"]): str(each["digest"]["sha256"]) for each in named}
    except (KeyError, TypeError):
        return {}


def _forged(why: str) -> SafetyError:
    message = f"the attestation does not hold: {why}"
    details = {"observed": why, "expected": "a DSSE envelope by the key that it names"}
    return SafetyError("FORGED", message, hint=_ANEW, details=details)


def _other(message: str, observed: str, expected: str) -> SafetyError:
    details = {"observed": observed, "expected": expected}
    return SafetyError(
        "OTHER_EVIDENCE", f"{message}: observed {observed}; expected {expected}", hint=_ANEW, details=details
    )
