"""What an environment sees of the process: variables, import path, modules, output, folder, time zone, boto3's default session, what it replaced of it.

Environments take turns in one process, and each finds these as it left them. What is cheap is put in place at every turn and taken away
after it; modules, folder and time zone only when another environment's turn comes.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.client import BaseClient

from twinstage.world.contained.logs import new_root
from twinstage.world.contained.modules import OwnModules
from twinstage.world.contained.running import running
from twinstage.world.contained.runtime import variables

if TYPE_CHECKING:
    from twinstage.world.contained.function import Function

_KEPT_OUTPUT: Final = 65_536
# What instrumentation replaces in modules that all environments share; whatever else is replaced there, all of them find.
_REPLACEABLE: Final[tuple[tuple[Any, str], ...]] = (
    (boto3, "client"),
    (boto3, "resource"),
    (boto3, "Session"),
    (BaseClient, "_make_api_call"),
    (json, "dumps"),
    (json, "loads"),
)
_environ: Final[Any] = os.environ
_environb: Final[Any] = os.environb


class Output(io.TextIOBase):
    """What a handler prints: the first 64 Ki characters are kept."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._characters = 0

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str, /) -> int:
        """Keep the text, as far as there is room."""
        if self._characters < _KEPT_OUTPUT:
            self._parts.append(text[: _KEPT_OUTPUT - self._characters])
        self._characters += len(text)
        return len(text)

    @property
    def text(self) -> str:
        """What was kept."""
        return "".join(self._parts)


class View:
    """One environment's side of what is global in a process."""

    def __init__(self, function: Function, log_stream: str) -> None:
        # What this folder's modules stand in front of is told by what the process itself has loaded.
        _shared.take_away()
        self.folder = str(function.folder)
        self.output = Output()
        self.modules = OwnModules(self.folder)
        self._variables = {**encoded(function), b"AWS_LAMBDA_LOG_STREAM_NAME": log_stream.encode()}
        self._zone = os.fsdecode(self._variables.get(b"TZ", b""))
        self._stdout: Any = self.output
        self._stderr: Any = self.output
        self._path = [self.folder, *sys.path]
        self._session: Any = None
        self.root = new_root()
        self._outside: tuple[Any, ...] = ()
        self._shared: tuple[Any, ...] = ()
        self._replaced: dict[int, Any] = {}

    def enter(self) -> None:
        """Put this view in place: its environment's turn begins."""
        self._outside = (_environ._data, sys.stdout, sys.stderr, sys.path, boto3.DEFAULT_SESSION, logging.root)  # noqa: SLF001
        _environ._data = _environb._data = self._variables  # noqa: SLF001 the one way that copies nothing
        sys.stdout, sys.stderr, sys.path = self._stdout, self._stderr, self._path
        boto3.DEFAULT_SESSION, logging.root = self._session, self.root
        self._shared = tuple(getattr(owner, name) for owner, name in _REPLACEABLE)
        for index, value in self._replaced.items():
            setattr(*_REPLACEABLE[index], value)
        if _shared.installed is not self:
            self._replace()

    def leave(self) -> None:
        """Keep what the environment changed, and give the process back its own."""
        self._stdout, self._stderr, self._path = sys.stdout, sys.stderr, sys.path
        self._session = boto3.DEFAULT_SESSION
        variables, sys.stdout, sys.stderr, sys.path, boto3.DEFAULT_SESSION, logging.root = self._outside
        _environ._data = _environb._data = variables  # noqa: SLF001
        for index, ((owner, name), value) in enumerate(zip(_REPLACEABLE, self._shared, strict=True)):
            if (now := getattr(owner, name)) is not value:
                self._replaced[index] = now
                setattr(owner, name, value)
            elif index in self._replaced:
                del self._replaced[index]
        if self.modules.hides:
            _shared.take_away()

    def set_folder(self) -> None:
        """os.chdir: where the process is now is where this environment is."""
        self.folder = _shared.folder = _getcwd()

    def set_zone(self) -> None:
        """time.tzset: the time zone of TZ as it is now becomes this environment's."""
        self._zone = os.environ.get("TZ", "")
        _shared.set_zone(self._zone)

    def _replace(self) -> None:
        _shared.take_away()
        self.modules.put_in_place()
        if _shared.folder != self.folder:
            _chdir(self.folder)
            _shared.folder = self.folder
        if _shared.zone != self._zone:
            _shared.set_zone(self._zone)
        _shared.installed = self


_variables_of: Final[dict[int, tuple[Function, dict[bytes, bytes]]]] = {}


def encoded(function: Function) -> dict[bytes, bytes]:
    """A function's variables as os.environ keeps them, encoded once a function; its log stream is not among them."""
    known = _variables_of.get(id(function))
    if known is None:
        named = variables(function, "")
        known = _variables_of[id(function)] = (
            function,
            {os.fsencode(name): os.fsencode(value) for name, value in named.items()},
        )
    return known[1]


class _Shared:
    """What is in place in the process now."""

    installed: View | None = None
    folder: str | None = None
    zone: str | None = None

    def take_away(self) -> None:
        """No environment's modules are in place any more."""
        if self.installed is not None:
            self.installed.modules.take_away()
            self.installed = None

    def set_zone(self, zone: str) -> None:
        """Tell the C library, which has variables of its own."""
        os.putenv("TZ", zone)
        _tzset()
        self.zone = zone


_shared: Final = _Shared()
_tzset: Final = time.tzset
_chdir: Final = os.chdir
_getcwd: Final = os.getcwd


def install_view() -> dict[Any, Any]:
    """Follow time.tzset. What is returned maps each function that was replaced to its replacement."""

    def tzset() -> None:
        environment = running.environment
        if environment is None:
            _tzset()
        else:
            environment.view.set_zone()

    return {_tzset: tzset}
