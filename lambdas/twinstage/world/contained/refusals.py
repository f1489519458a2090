"""What contained code may not do: reach a network, start a process, take over signals, limits or descriptors of the process. Each refusal is said by name and kept.

A handler may swallow the error it gets; `Environment.refusals` still tells that it tried, so that a result which rests on it can say so.
"""

from __future__ import annotations

import _posixsubprocess
import errno
import ipaddress
import os
import resource
import signal
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from collections.abc import Callable

_PROCESSES = [
    "fork",
    "forkpty",
    "posix_spawn",
    "posix_spawnp",
    "system",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "execl",
    "execle",
    "execlp",
    "execlpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    "spawnvpe",
    "abort",
    "killpg",
]


def install_refusals() -> None:
    """Refuse these in this process: the network always, the rest inside environments."""
    _refuse_network()
    for name in _PROCESSES:
        if hasattr(os, name):
            setattr(os, name, _refusing(getattr(os, name), f"os.{name}"))
    popen: Any = subprocess.Popen
    popen.__init__ = _refusing(popen.__init__, "subprocess.Popen", told=slice(1, 2))
    # What multiprocessing starts its processes with; its arguments hold numbers of descriptors.
    _posixsubprocess.fork_exec = _refusing(_posixsubprocess.fork_exec, "fork_exec", told=slice(0))
    os._exit = _exiting(os._exit)  # type: ignore[assignment]
    os.kill = _killing(os.kill)
    resource.setrlimit = _refusing(resource.setrlimit, "resource.setrlimit", what="changes no limit of its process")
    if hasattr(resource, "prlimit"):
        resource.prlimit = _refusing(resource.prlimit, "resource.prlimit", what="changes no limit of its process")
    os.close = _closing(os.close)
    os.closerange = _closing_range(os.closerange)
    os.dup2 = _duplicating(os.dup2)
    for name in ("signal", "alarm", "setitimer", "set_wakeup_fd", "siginterrupt"):
        setattr(signal, name, _unheard(getattr(signal, name)))


def _refuse_network() -> None:
    kind: Any = socket.socket
    for name in ("connect", "connect_ex"):
        setattr(kind, name, lambda _self, address, *_: _no_network(f"connect to {_shown(address)}"))
    kind.sendto = lambda _self, _data, *rest: _no_network(f"send to {_shown(rest[-1])}")
    kind.sendmsg = _sending(kind.sendmsg)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _looking_up(getattr(socket, name)))
    socket.gethostbyaddr = lambda host: _no_name(_shown(host))
    socket.getnameinfo = _naming(socket.getnameinfo)


def _no_network(what: str) -> NoReturn:
    raise ConnectionRefusedError(errno.ECONNREFUSED, _noted(f"contained code reaches no network: {what}"))


def _no_name(host: str) -> NoReturn:
    raise socket.gaierror(socket.EAI_FAIL, _noted(f"contained code reaches no network: look up {host}"))


def _looking_up(real: Callable[..., Any]) -> Callable[..., Any]:
    """Names are not resolved; an address that is one already is only written otherwise."""

    def look_up(host: Any, *args: Any, **keywords: Any) -> Any:
        return real(host, *args, **keywords) if host is None or _is_address(host) else _no_name(_shown(host))

    return look_up


def _naming(real: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    """Addresses get no names; they may be written out."""

    def getnameinfo(address: Any, flags: int, /) -> Any:
        return real(address, flags) if flags & socket.NI_NUMERICHOST else _no_name(_shown(address))

    return getnameinfo


def _sending(real: Callable[..., int]) -> Callable[..., int]:
    """Into a pair of sockets only: these are connected, and need no address."""

    def sendmsg(self: socket.socket, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None, /) -> int:
        return real(self, buffers, ancdata, flags) if address is None else _no_network(f"send to {_shown(address)}")

    return sendmsg


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(_shown(host))
    except ValueError:
        return False
    return True


def _shown(address: object) -> str:
    if isinstance(address, tuple):
        return ":".join(str(part) for part in address[:2])
    return address.decode(errors="replace") if isinstance(address, bytes) else str(address)


def _noted(text: str) -> str:
    if running.environment is not None:
        running.environment.refuse(text)
    return text


def _refusing(
    real: Callable[..., Any], name: str, *, told: slice = slice(1), what: str = "starts and ends no process"
) -> Callable[..., Any]:
    """`told`: which of its arguments say what it was to do."""

    def refusing(*args: Any, **keywords: Any) -> Any:
        if running.environment is None:
            return real(*args, **keywords)
        tried = " ".join([name, *(str(arg) for arg in args[told])])
        raise PermissionError(errno.EPERM, _noted(f"contained code {what}: {tried}"))

    return refusing


def _exiting(real: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    def _exit(status: int) -> NoReturn:
        if running.environment is None:
            real(status)
        running.environment.exit(f"exit status {status}" if status else "")

    return _exit


def _killing(real: Callable[[int, int], None]) -> Callable[[int, int], None]:
    def kill(pid: int, number: int, /) -> None:
        if running.environment is None:
            real(pid, number)
        elif pid == os.getpid() and number == 0:
            return
        elif pid == os.getpid():
            running.environment.exit(f"signal: {signal.strsignal(number)}".lower())
        else:
            raise PermissionError(errno.EPERM, _noted(f"contained code starts and ends no process: os.kill {pid}"))

    return kill


# Descriptors of the process itself, through which it tells its results: to a handler they are not there. A fresh process has a few.
_own: set[int] = set()
_DESCRIPTORS = 256


def keep_descriptors() -> None:
    """What is open now stays open, whatever contained code closes."""
    for fd in range(_DESCRIPTORS):
        with suppress(OSError):
            os.fstat(fd)
            _own.add(fd)


def _closing(real: Callable[[int], None]) -> Callable[..., None]:
    def close(fd: int) -> None:
        if running.environment is not None and fd in _own:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(fd)

    return close


def _closing_range(real: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """As ever without an error; what lies between the process's own is closed."""

    def closerange(fd_low: int, fd_high: int, /) -> None:
        if running.environment is None:
            real(fd_low, fd_high)
            return
        for own in [*sorted(fd for fd in _own if fd_low <= fd < fd_high), fd_high]:
            # CPython takes the empty range from 0 to 0 for all there is.
            if fd_low < own:
                real(fd_low, own)
            fd_low = own + 1

    return closerange


def _duplicating(real: Callable[..., int]) -> Callable[..., int]:
    def dup2(fd: int, fd2: int, inheritable: bool = True) -> int:
        if running.environment is not None and fd2 in _own:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return real(fd, fd2, inheritable)

    return dup2


def _unheard(real: Callable[..., Any]) -> Callable[..., Any]:
    """Signals belong to the process that contains; inside, nobody ever sends one."""

    def unheard(*args: Any, **keywords: Any) -> Any:
        return real(*args, **keywords) if running.environment is None else _NOTHING.get(real.__name__)

    return unheard


_NOTHING: dict[str, Any] = {
    "signal": signal.SIG_DFL,
    "alarm": 0,
    "setitimer": (0.0, 0.0),
    "set_wakeup_fd": -1,
}
