"""Bad deployment packages: zips that would write elsewhere, fill the disk, or be another thing on another system."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

from tests.bad_input.case import Bad, import_of
from tests.bad_input.good import HANDLER, PACKAGE, dumps, scenario, write

if TYPE_CHECKING:
    from pathlib import Path


def zip_with(*names: str, mode: int = stat.S_IFREG | 0o644, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", HANDLER)
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def renamed(old: bytes, new: bytes) -> bytes:
    """A zip with an entry's name changed in place, to one that zipfile would not write."""
    assert len(old) == len(new)
    return zip_with(old.decode()).replace(old, new)


def overstated(size: int) -> bytes:
    """A zip whose directory says that an entry unpacks to `size` bytes."""
    content = bytearray(zip_with("big"))
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", size)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(zip_with("big"))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def package(name: str, content: bytes, *says: str) -> Bad:
    return import_of(name, "functions", "enactor.zip", content, "enactor.zip", *says)


def link_out(folder: Path) -> list[str]:
    (scenario(folder / "small") / "candidate/keys").symlink_to("/etc/passwd")
    return ["explore", "small", "--json"]


def link_in_import(folder: Path) -> list[str]:
    held = dumps(folder / "dumps") / "functions"
    (held / "enactor.zip").unlink()
    write(held / "enactor/app.py", HANDLER)
    (held / "enactor/keys").symlink_to("../../../../etc")
    return ["snapshot", "import", "--functions", "dumps/functions", "--no-sign"]


ARCHIVE_INPUTS = [
    package("zip-parent", zip_with("../escaped.py"), "'../escaped.py' leads out of the package"),
    package("zip-parent-inside", zip_with("a/../../escaped.py"), "leads out of the package"),
    package("zip-absolute", zip_with("/etc/cron.d/x"), "'/etc/cron.d/x' leads out of the package"),
    package("zip-drive", zip_with("C:evil.py"), "leads out of the package"),
    package("zip-backslash", renamed(b"a-evil.py", b"..\\vil.py"), "leads out of the package"),
    package("zip-nul", renamed(b"a-evil.py", b"a\0evil.py"), "is no name"),
    package(
        "zip-symlink",
        zip_with("link", mode=stat.S_IFLNK | 0o777, content=b"/etc"),
        "'link' is neither a file nor a folder",
    ),
    package("zip-device", zip_with("null", mode=stat.S_IFCHR | 0o666), "neither a file nor a folder"),
    package("zip-same-name-in-other-case", zip_with("App.py"), "is the same name as 'app.py'"),
    package("zip-same-name-composed-otherwise", zip_with("caf\u00e9.py", "cafe\u0301.py"), "is the same name as"),
    package("zip-many-entries", zip_with(*(f"f{index}" for index in range(10_001))), "at most 10000 are unpacked"),
    package("zip-bomb", zip_with("zeros", content=bytes(64 << 20)), "more than 100 to one"),
    package("zip-overstated", overstated(3 << 30), "at most 262144000 are unpacked"),
    package("zip-encrypted", encrypted(), "is encrypted"),
    package("zip-cut-off", PACKAGE[:-30], "not a zip"),
    package("zip-text", b"def handler(event, context): ...", "not a zip"),
    package("zip-empty", b"", "not a zip"),
    Bad("code-folder-with-a-link-out", link_out, ("candidate/keys", "a link out of the folder", "/etc/passwd")),
    Bad("imported-folder-with-a-link-out", link_in_import, ("enactor/keys", "a link out of the folder")),
]
