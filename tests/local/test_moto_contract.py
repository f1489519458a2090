from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.local import moto_contract
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.engine import Engine

TARGET = "moto.s3.utils:bucket_name_from_url"


def test_the_installed_moto_is_the_one_that_was_recorded() -> None:
    # In a process of its own: an engine of this one has its replacements in place.
    subprocess.run([sys.executable, "-m", "twinstage.local.moto_contract"], check=True, capture_output=True)


def test_every_replaced_function_is_recorded_and_none_besides(engine: Engine) -> None:
    assert engine.port
    assert moto_contract.unrecorded() == set()
    assert moto_contract.stale() == set()


def test_another_source_is_told_by_the_function_s_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    records = tmp_path / "fingerprints.json"
    records.write_text(f'{{"moto": "0", "targets": {{"{TARGET}": "0000", "moto.s3.utils:gone": "0000"}}}}')
    monkeypatch.setattr(moto_contract, "FINGERPRINTS", records)
    with pytest.raises(TwinstageError) as refused:
        moto_contract.verify()
    assert f"{TARGET}: its source changed" in refused.value.message
    assert "moto.s3.utils:gone: it is gone" in refused.value.message


def test_what_does_not_exist_cannot_be_replaced() -> None:
    with pytest.raises(TwinstageError, match=r"no moto\.s3\.utils:absent"):
        moto_contract.replace("moto.s3.utils:absent", None)


def test_replacements_are_taken_back_in_the_opposite_order() -> None:
    program = (
        "import moto.s3.utils as m, moto.core.base_backend as b\n"
        "from twinstage.local.moto_contract import extends, replace, replaces, restore\n"
        f"target = {TARGET!r}\n"
        "before = m.bucket_name_from_url\n"
        "@replaces(target)\n"
        "def first(url): return 'first ' + url\n"
        "@extends(target)\n"
        "def second(original, url): return 'second ' + original(url)\n"
        "assert m.bucket_name_from_url('u') == 'second first u'\n"
        "restore(); restore()\n"
        "assert m.bucket_name_from_url is before\n"
        "import moto.s3.models as s3\n"
        "replace('moto.s3.models:S3Backend.url_bases', property(lambda self: 1))\n"
        "assert 'url_bases' in vars(s3.S3Backend)\n"
        "restore()\n"
        "assert 'url_bases' not in vars(s3.S3Backend)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_static_and_class_methods_stay_what_they_are() -> None:
    program = (
        "from moto.core.base_backend import BackendDict, BaseBackend\n"
        "from twinstage.local.moto_contract import extends, restore\n"
        "@extends('moto.core.base_backend:BackendDict.reset')\n"
        "def reset(original, cls): return cls.__name__\n"
        "@extends('moto.core.base_backend:BaseBackend.vpce_random_number')\n"
        "def number(original): return len(original())\n"
        "assert BackendDict.reset() == 'BackendDict' and BaseBackend.vpce_random_number() == 17\n"
        "restore()\n"
        "assert BackendDict.reset() is None and len(BaseBackend.vpce_random_number()) == 17\n"
    )
    done: Any = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
