"""What a worker is shut into, from inside: called in its first process before anything of the function is imported. Standard library only.

Where the system lets an ordinary user (or root) make namespaces, a worker has processes, a network, a file system and users of its own: it sees no process
but its own, reaches nothing but the sockets it hands to the engine, and finds the interpreter, the system's libraries, its code (to be read) and an empty
/tmp of the function's size. Elsewhere it gets what limits and a watching process can do: `containment.probe` says why.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (1,024 processes and threads, 1,024 file descriptors, /tmp),
https://man7.org/linux/man-pages/man7/namespaces.7.html, https://man7.org/linux/man-pages/man2/pivot_root.2.html
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import json
import os
import resource
import socket
import struct
from pathlib import Path
from typing import Any

_NEW_NS, _NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_PID, _NEW_NET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_DETACH = 2
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
_CAPABILITIES = 64
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
PROCESSES, DESCRIPTORS = 1024, 1024
# Beyond its own memory: threads reserve stacks and arenas that they never touch.
_SPARE_ADDRESSES = 4 << 30
# Users that no system gives away; one a worker, so that none can do anything to another.
_FIRST_USER = 1 << 30
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl",
    "/etc/pki",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_libc = ctypes.CDLL(None, use_errno=True)


def new_pid_namespace() -> None:
    """Let this process's children have processes of their own. Nothing else of it changes, but that an ordinary user may do the rest then. Raises OSError."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _unshare(_NEW_PID)
        return
    _unshare(_NEW_USER | _NEW_PID)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(text)


def shut_in(plan: dict[str, Any], door: socket.socket) -> None:
    """Leave the machine's file system and network for ones of this process's own. Raises OSError half-way: the process must end then."""
    _unshare(_NEW_NS | _NEW_UTS | _NEW_IPC | _NEW_NET)
    _hand_over_sockets(plan["ports"], door)
    _own_root(plan)


def limit(plan: dict[str, Any]) -> None:
    """Limits of every process from here on."""
    # Without a namespace or a user of its own, every other process of this user counts.
    others = 0 if plan["namespaces"] else _tasks_of(os.getuid())
    addresses = (plan["memory_mb"] << 20) + _SPARE_ADDRESSES
    size = plan["storage_mb"] << 20
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: addresses,
        resource.RLIMIT_FSIZE: size,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
        resource.RLIMIT_NPROC: PROCESSES + others,
    }
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


def give_up_privileges() -> None:
    """Be nobody: root becomes a user that owns nothing, and whoever has capabilities in a namespace of their own loses them, for good."""
    if os.getuid() == 0:
        user = _FIRST_USER + int.from_bytes(os.urandom(3), "big")
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    for capability in range(_CAPABILITIES):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    _libc.capset(header, none)
    _check(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def die_with_the_parent() -> None:
    """This process is killed when the one that forked it ends."""
    _check(_libc.prctl(_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl")


def adopt_orphans() -> None:
    """What a descendant leaves behind becomes this process's child, and not the machine's first one's."""
    _check(_libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def hide() -> None:
    """Nobody of the same user may look into this process, or be it."""
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _hand_over_sockets(ports: list[int], door: socket.socket) -> None:
    """Listen in the new network where the engine listens in the machine's, and let the engine itself take what is connected to: nothing is passed on by anybody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    with contextlib.ExitStack() as open_here:
        sockets = []
        for port in ports:
            listening = open_here.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            listening.bind(("127.0.0.1", port))
            listening.listen(128)
            sockets.append(listening.fileno())
        door.sendmsg(
            [json.dumps({"ports": ports}).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", sockets))]
        )


def _own_root(plan: dict[str, Any]) -> None:
    root = plan["root"]
    _mount("none", "/", None, _REC | _PRIVATE)
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=16m")
    # Before everything else: what is to be read may lie in the machine's /tmp.
    tmp = Path(root, "tmp")
    tmp.mkdir()
    _mount("tmpfs", str(tmp), "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={plan['storage_mb']}m")
    for place in dict.fromkeys([*_SYSTEM, *plan["readable"]]):
        _show(place, root + place, as_link=place in _SYSTEM)
    for place, seen in plan["shown"].items():
        _show(place, root + seen, as_link=False)
    for name in _DEVICES:
        _bind_file(f"/dev/{name}", f"{root}/dev/{name}")
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1")):
        Path(root, "dev", name).symlink_to(target)
    Path(root, "proc").mkdir()
    # Where parts of the machine's own are masked, as in a container, there can be no other: then there is none.
    with contextlib.suppress(OSError):
        _mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    for name, text in plan["etc"].items():
        place = Path(root, "etc", name)
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    Path(root, ".old").mkdir()
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(f"no pivot_root on {os.uname().machine}")
    _check(_libc.syscall(number, root.encode(), f"{root}/.old".encode()), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/.old", _DETACH), "umount")
    Path("/.old").rmdir()
    _mount("none", "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _show(place: str, seen: str, *, as_link: bool) -> None:
    """Something of the machine's at another place, to be read; nothing where it is not there."""
    source, target = Path(place), Path(seen)
    if as_link and source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        _bind(place, str(target))
    elif source.exists():
        _bind_file(place, str(target))
        _remount_read_only(str(target))


def _bind(source: str, target: str) -> None:
    _mount(source, target, None, _BIND | _REC)
    _remount_read_only(target)


def _remount_read_only(target: str) -> None:
    # The flags that a mount came with are locked in a namespace of another user: they are asked for again.
    held = os.statvfs(target).f_flag
    kept = sum(
        ours
        for theirs, ours in (
            (os.ST_NOSUID, _NOSUID),
            (os.ST_NODEV, _NODEV),
            (os.ST_NOEXEC, _NOEXEC),
            (os.ST_NOATIME, 1024),
            (os.ST_RELATIME, 1 << 21),
        )
        if held & theirs
    )
    _mount("none", target, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | kept)


def _bind_file(source: str, target: str) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).touch()
    _mount(source, target, None, _BIND)


def _tasks_of(user: int) -> int:
    """How many processes and threads a user has: that is what the limit counts."""
    count = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            count += sum(1 for _ in (entry / "task").iterdir()) if entry.stat().st_uid == user else 0
    return count


def _unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    texts = [text.encode() if text else None for text in (source, target, kind, data)]
    _check(_libc.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
