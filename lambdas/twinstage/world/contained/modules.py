"""A function's own modules: every environment imports them anew, and two environments never share one.

What lies in the function's folder is the function's own, and so is any other package of pure Python that is not part of Lambda's runtime
(a layer's, such as Powertools, with the caches it keeps). Shared are the standard library, boto3 and what comes with it, and packages with
compiled parts, which a process can load only once. `sys.modules` holds the modules of the environment whose turn it is, so that lazy
imports, pickle and dataclasses find them.
"""

from __future__ import annotations

import importlib.abc
import sys
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.world.contained.running import outside, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import CodeType, ModuleType

# What comes with boto3, and what contains: these are patched, or must be the same for all.
_RUNTIME = frozenset(
    {
        "boto3",
        "botocore",
        "s3transfer",
        "jmespath",
        "urllib3",
        "dateutil",
        "six",
        "greenlet",
        "time_machine",
        "twinstage",
    }
)
# Lambda's bootstrap has imported these before it looks for the handler: a module of the function's of that name is never found.
_LOADED = frozenset(
    """
    __future__ abc argparse ast base64 calendar codecs collections concurrent contextlib copyreg datetime decimal
    dis email enum errno functools genericpath gettext http importlib inspect io ipaddress itertools json keyword
    linecache locale logging math multiprocessing numbers opcode operator os posix posixpath pwd queue quopri
    random re reprlib select selectors site socket sre_constants sre_compile sre_parse ssl stat string struct
    subprocess sys threading time token tokenize traceback types typing urllib uu warnings weakref zipimport
    """.split()  # noqa: SIM905 forty names are read more easily as text
)
# Pure Python, but bound to a compiled package that cannot be loaded twice; they keep nothing of a function.
_BOUND = frozenset({"pydantic", "pydantic_settings", "annotated_types", "typing_extensions", "typing_inspection"})
_code: dict[str, CodeType] = {}
_known: dict[tuple[str, ...], Callable[[], ModuleSpec]] = {}
_shared: dict[tuple[str, str], ModuleType] = {}


class OwnModules:
    """The modules of one environment, and the ones of the process that they stand in front of."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._names: set[str] = set()
        self._kept: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self.hides = _brought_along(folder)

    def found(self, name: str) -> None:
        """A module of the function's is about to be imported."""
        self._names.add(name)

    def owns(self, name: str) -> bool:
        """Whether the module of that name is the function's own."""
        return name in self._names

    def put_in_place(self) -> None:
        """Let imports find this environment's modules."""
        modules = sys.modules
        if self.hides:
            hidden = [name for name in modules if name.partition(".")[0] in self.hides]
            self._hidden = {name: modules.pop(name) for name in hidden}
        modules.update(self._kept)

    def take_away(self) -> None:
        """Keep this environment's modules, and let no import find them."""
        modules, kept = sys.modules, self._kept
        for name in self._names:
            module = modules.pop(name, None)
            if module is not None:
                kept[name] = module
            else:
                kept.pop(name, None)
        modules.update(self._hidden)


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules for the environment that runs, before anything else does."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as the environment gets it; None leaves it to the others, as always outside of environments."""
        environment = running.environment
        if environment is None or fullname in sys.builtin_module_names:
            return None
        own = environment.view.modules
        key = (own.folder, fullname, *(sys.path if path is None else path))
        if known := _known.get(key):
            own.found(fullname)
            return known()
        found = _found(fullname, path, own)
        if found is None or not isinstance(found.loader, _Loader):
            return found
        _known[key] = _specs(found)
        return found


def _found(fullname: str, path: Sequence[str] | None, own: OwnModules) -> ModuleSpec | None:
    top, _, below = fullname.partition(".")
    if below:
        places = list(path or ())
        owned = own.owns(fullname.rpartition(".")[0])
        return _own_spec(fullname, places, own) if owned else _shared_spec(fullname, places)
    inside = [own.folder, *(entry for entry in sys.path if entry.startswith(own.folder))]
    if top not in _RUNTIME and top not in _LOADED and (spec := _own_spec(fullname, inside, own)):
        return spec
    elsewhere = [entry for entry in sys.path if not entry.startswith(own.folder)]
    if top not in _RUNTIME and top not in sys.stdlib_module_names and _is_python_only(fullname, tuple(elsewhere)):
        return _own_spec(fullname, elsewhere, own)
    return _shared_spec(fullname, elsewhere)


class _Loader(SourceFileLoader):
    """Compiles a file once a process."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        found = _code.get(path)
        if found is None:
            found = super().get_code(fullname)
            if found is not None:
                _code[path] = found
        return found


class _Once(importlib.abc.Loader):
    """Loads a package with compiled parts the first time, and finds it again for every other environment."""

    def __init__(self, loader: Any, place: str) -> None:
        self._loader, self._place = loader, place

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module that is there already, if it is."""
        return _shared.get((self._place, spec.name)) or self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run its code, unless it ran."""
        key = (self._place, module.__name__)
        if key not in _shared:
            _shared[key] = module
            try:
                outside(self._loader.exec_module, module)
            except BaseException:
                del _shared[key]
                raise


def install_modules() -> None:
    """Let imports of contained code find what is its own, and write no compiled files beside it."""
    sys.meta_path.insert(0, Finder())
    sys.dont_write_bytecode = True


def _own_spec(fullname: str, places: list[str], own: OwnModules) -> ModuleSpec | None:
    """The spec of a module of the function's own."""
    spec = PathFinder.find_spec(fullname, places)
    if spec is None:
        return None
    own.found(fullname)
    if spec.loader is None or spec.origin is None:
        return spec
    if place := _compiled_place(fullname, spec):
        spec.loader = _Once(spec.loader, place)
    elif type(spec.loader) is SourceFileLoader:
        spec.loader = _Loader(fullname, spec.origin)
    return spec


def _specs(found: ModuleSpec) -> Callable[[], ModuleSpec]:
    """A maker of specs that are equal to the one found: each import needs one of its own."""
    name, below, cached, origin = found.name, found.submodule_search_locations, found.cached, str(found.origin)

    def make() -> ModuleSpec:
        spec = ModuleSpec(name, _Loader(name, origin), origin=origin, is_package=below is not None)
        if below is not None:
            spec.submodule_search_locations = list(below)
        spec.has_location, spec.cached = True, cached
        return spec

    return make


def _shared_spec(fullname: str, places: list[str]) -> ModuleSpec | None:
    """A shared module: its code runs as the process's own, whoever comes first, and draws nothing from that environment."""
    spec = PathFinder.find_spec(fullname, places)
    if spec is not None and (loader := spec.loader) is not None:
        run: Any = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            outside(run, module)

        loader.exec_module = exec_module  # type: ignore[method-assign]
    return spec


def _compiled_place(fullname: str, spec: ModuleSpec) -> str | None:
    """The folder of the top-level package where that has compiled parts anywhere; None for pure Python."""
    if not fullname.partition(".")[2] and not spec.submodule_search_locations:
        return str(spec.origin) if str(spec.origin).endswith(tuple(EXTENSION_SUFFIXES)) else None
    place = Path(str(spec.origin)).parent
    for _ in range(fullname.count(".") - (0 if spec.submodule_search_locations else 1)):
        place = place.parent
    return str(place) if fullname.partition(".")[0] in _BOUND or _has_compiled(str(place)) else None


@cache
def _has_compiled(folder: str) -> bool:
    return any(True for _ in _compiled_files(Path(folder)))


def _compiled_files(folder: Path) -> Iterable[Path]:
    return (path for suffix in EXTENSION_SUFFIXES for path in folder.rglob(f"*{suffix}"))


@cache
def _is_python_only(name: str, places: tuple[str, ...]) -> bool:
    spec = PathFinder.find_spec(name, list(places))
    return spec is not None and type(spec.loader) is SourceFileLoader and _compiled_place(name, spec) is None


@cache
def _brought_along(folder: str) -> frozenset[str]:
    """Top-level modules in the folder that the process has others of: the function's come first."""
    try:
        entries = {path.name.removesuffix(".py") for path in Path(folder).iterdir()}
    except OSError:
        return frozenset()
    return frozenset((entries & set(sys.modules)) - _RUNTIME - _LOADED - set(sys.builtin_module_names))
