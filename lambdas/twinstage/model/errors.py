"""Every error that Twinstage raises on purpose.

    TwinstageError
    ├── InputError      bad input: every problem at once, each with file, line, JSON pointer and the way to mend it (exit 2)
    ├── SafetyError     a guard refused: what it saw, its limit, the way out (exit 4)
    ├── AwsError        an AWS call failed for good: service, operation, code, whether a retry may help (exit 5)
    └── LeftoverError   resources were left behind, each named (exit 6)

A broken invariant or a failed check is a result, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


# Of a message that quotes what it was given; whoever wants it whole finds it in the problem itself.
_LONGEST = 1000


class TwinstageError(Exception):
    """The root: a stable `code`, one sentence, a way out, and details for machines."""

    exit_code: ClassVar[int] = 5

    def __init__(self, code: str, message: str, *, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.details = code, message, hint, dict(details or {})


@dataclass(frozen=True, order=True)
class InputProblem:
    """One thing wrong with one place of an input file. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    pointer: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        pointer = f" at {self.pointer}" if self.pointer else ""
        message = self.message if len(self.message) <= _LONGEST else f"{self.message[:_LONGEST]}…"
        return f"{place}{pointer}: {message}" + (f" ({self.hint})" if self.hint else "")


class InputError(TwinstageError):
    """Bad input. Holds every problem found, in the order of file and line."""

    exit_code = 2

    def __init__(self, problems: Sequence[InputProblem]) -> None:
        self.problems = tuple(sorted(problems))
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) != 1 else "")
        super().__init__("BAD_INPUT", "\n".join([f"{count}:", *(f"  {p}" for p in self.problems)]))


class SafetyError(TwinstageError):
    """A guard refused to go on."""

    exit_code = 4


class AwsError(TwinstageError):
    """An AWS call failed for good, after every retry."""

    exit_code = 5

    def __init__(self, service: str, operation: str, error: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(
            "AWS",
            f"{service} {operation}: {error}: {message}",
            details={"service": service, "operation": operation, "error": error, "retryable": retryable},
        )
        self.service, self.operation, self.error, self.retryable = service, operation, error, retryable


class LeftoverError(TwinstageError):
    """Resources were left behind."""

    exit_code = 6
