"""Generators in processes of their own, so that nothing that is shown or merged here makes them late."""

from __future__ import annotations

import time
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final, Protocol

from twinstage.cli.stress_view import LoadView
from twinstage.model.errors import TwinstageError
from twinstage.model.load_profile import load_of
from twinstage.stress.load.run import run
from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.metrics.load_document import load_of as result_of
from twinstage.stress.metrics.result import merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection

    from twinstage.cli.console import Console
    from twinstage.model.load_profile import Load
    from twinstage.stress.metrics.progress import Progress
    from twinstage.stress.metrics.result import LoadResult
    from twinstage.world.load.exchange import LoadTarget

# Time for every generator to be started and to find out what it can send.
_READY_S: Final = 3.0
_EACH_S: Final = 0.5


class Aim(Protocol):
    """What a generator is given to make its target of, in its own process: a value that can be pickled."""

    def target(self) -> LoadTarget:
        """The target."""


def offered(aim: Aim, load: Load, generators: int, name: str, console: Console) -> LoadResult:
    """What the load did to the target, from so many generators. `name`: of the target, in results. Raises TwinstageError where a generator ended without a result."""
    spawn = get_context("spawn")
    begin_at_s = time.time() + _READY_S + _EACH_S * generators
    pipes, processes = [], []
    for index in range(generators):
        here, there = spawn.Pipe(duplex=False)
        share = (aim, load.document(), name, index, generators, begin_at_s, there)
        # A daemon: whatever ends this process ends the generators too.
        processes.append((spawn.Process(target=_generate, args=share, daemon=True), there))
        pipes.append(here)
    try:
        for process, there in processes:
            process.start()
            there.close()  # here: so that a generator that ends is heard of
        with LoadView(console, name, load) as view:
            return merged([result_of(document) for document in _results(pipes, view)])
    finally:
        for process, _ in processes:
            if process.pid is not None:
                process.terminate()
                process.join()


def _generate(
    aim: Aim, load: Mapping[str, Any], name: str, index: int, of: int, begin_at_s: float, pipe: Connection
) -> None:
    """One generator, in a process of its own. An interrupt is the other process's to tell of; where that one was killed, nobody is left to tell anything."""
    try:
        found = run(
            load_of(load), aim.target(), name=name, index=index, of=of, begin_at_s=begin_at_s, progress=pipe.send
        )
        pipe.send(load_document(found))
    except (KeyboardInterrupt, BrokenPipeError):
        pipe.close()


def _results(pipes: Sequence[Connection], view: LoadView) -> list[dict[str, Any]]:
    """Every generator's result, in their order; until then the view is told how all of them together get on. Raises TwinstageError where one has ended without."""
    results: dict[int, dict[str, Any]] = {}
    latest: dict[int, Progress] = {}
    open_ = {pipe: index for index, pipe in enumerate(pipes)}
    while open_:
        ready = wait(list(open_))
        for pipe, index in [(pipe, index) for pipe, index in open_.items() if pipe in ready]:
            try:
                told = pipe.recv()
            except EOFError:
                message, hint = "a generator has ended without a result", "run it again, with less load a generator"
                raise TwinstageError("GENERATOR_ENDED", message, hint=hint) from None
            if isinstance(told, dict):
                results[index] = told
                del open_[pipe]
            else:
                latest[index] = told
        if latest:
            view(_together(list(latest.values())))
    return [results[index] for index in sorted(results)]


def _together(several: Sequence[Progress]) -> Progress:
    """How all generators together get on. Of quantiles, which do not add up, the worst one is shown."""
    first = several[0]
    added = ("offered", "sent", "answered", "failed", "throttled", "unanswered", "unsent", "in_flight")
    sums = {name: sum(getattr(one, name) for one in several) for name in (*added, "offered_per_s", "answered_per_s")}
    worst = ("at_s", "p50_s", "p99_s", "most_s", "lateness_p99_s")
    errors: dict[str, int] = {}
    for one in several:
        for name, number in one.errors.items():
            errors[name] = errors.get(name, 0) + number
    return replace(first, **sums, **{name: max(getattr(one, name) for one in several) for name in worst}, errors=errors)
