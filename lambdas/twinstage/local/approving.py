"""Waiting for people on a laptop: they decide in the run's directory, and what they decide is carried into the embedded AWS.

The directory's trail and the store's are one: each line goes to the other side as new. Where both have written the same line, the store's stays, because the machine acts on that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.approval import APPROVE
from twinstage.model.errors import SafetyError
from twinstage.rehearse.approval.desk import TOKEN, TRAIL, Desk
from twinstage.rehearse.approval.trail import entry_of, follow
from twinstage.world.aws.task_token import end_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.world.store import DirectoryStore, PrefixStore

WAITS = "Approve"


class Approving:
    """One execution's wait. `place` is the run's directory; `fetch` brings the results there; `say` tells people. `approve_as` are people who approve once it waits.

    Call `entered` with each state that the machine enters, and `look` now and then.
    """

    def __init__(
        self,
        results: PrefixStore,
        place: DirectoryStore,
        states: Any,
        fetch: Callable[[], object],
        say: Callable[[str], None],
        clock: Callable[[], str],
        approve_as: Sequence[str] = (),
    ) -> None:
        self._results, self._place, self._states = results, place, states
        self._fetch, self._say, self._clock = fetch, say, clock
        self._approve_as = approve_as
        self._waits = self._told = False
        self._sent = ""
        self._carried: set[str] = set()

    def entered(self, state: str) -> None:
        """The machine entered a state."""
        self._waits = state == WAITS

    def look(self) -> None:
        """See what people decided, hand it on, and wake the machine once it is enough. Nothing where the machine does not wait."""
        if not self._waits or not self._results.exists(TOKEN):
            return
        if not self._told:
            standing = Desk(self._results, self._clock).standing()
            # The token is kept before the line that says that the machine waits with it: until then nobody can decide.
            if standing is None or not standing.token:
                return
            self._fetch()
            self._told = True
            self._tell()
            self._approve()
        self._carry()
        desk = Desk(self._results, self._clock)
        standing = desk.standing()
        if standing is not None and standing.outcome is not None and self._sent != (token := desk.token()):
            end_task(self._states, token, {"decided": standing.outcome.state})
            # A machine that tries again waits with another token.
            self._sent = token

    def abandon(self) -> None:
        """The machine is stopped: whoever decides now is told so."""
        if self._waits and self._told:
            desk = Desk(self._place, self._clock)
            desk.end("the rehearsal was interrupted")
            desk.file()

    def over(self) -> None:
        """The machine has ended, and its results are not fetched yet: what somebody wrote in the directory since it waited no longer is taken back."""
        held = set(self._results.list(TRAIL))
        for key in list(self._place.list(TRAIL)):
            if key not in held or self._results.get(key) != self._place.get(key):
                self._take_back(key)

    def _tell(self) -> None:
        standing = Desk(self._place, self._clock).standing()
        if standing is None:
            return
        request, folder = standing.request, self._place.root
        people = "one person" if request.needed == 1 else f"{request.needed} people"
        self._say(
            f"waits for {people} to approve (risk {request.risk}: {'; '.join(request.reasons)}), until {request.expires_at}"
        )
        self._say(f"the evidence: {folder / 'report.html'}")
        self._say(f"in another terminal: twinstage approve {folder} --as NAME")
        self._say(f"                 or: twinstage reject {folder} --as NAME --reason WHY")

    def _approve(self) -> None:
        """Have those who approve from the beginning do so, as `twinstage approve` does, until it is decided. Raises SafetyError where one of them may not."""
        desk = Desk(self._place, self._clock)
        for name in self._approve_as:
            standing = desk.standing()
            if standing is None or standing.outcome is not None:
                return
            desk.say(name, APPROVE, "--approve-as")
            self._say(f"{name} approves")

    def _carry(self) -> None:
        """Bring both trails to the same lines, in their order: a line stands on the one before it."""
        here, there = set(self._place.list(TRAIL)), set(self._results.list(TRAIL))
        for key in sorted({*here, *there} - self._carried):
            if key in there:
                line = self._results.get(key)
                if not self._place.put_new(key, line):
                    return self._give_way(key)
                # A new token comes with a line of its own.
                self._place.put(TOKEN, self._results.get(TOKEN))
            elif not (self._follows(key) and self._results.put_new(key, self._place.get(key))):
                return self._give_way(key)
            self._carried.add(key)
        return None

    def _follows(self, key: str) -> bool:
        """Whether a line of the directory is one that the store's trail can go on with: the machine is to read it."""
        try:
            entries = [*Desk(self._results, self._clock).entries(), entry_of(self._place.get(key))]
            follow(entries)
        except SafetyError:
            return False
        return key == f"{TRAIL}{len(entries):06d}.json"

    def _give_way(self, first: str) -> None:
        """Take back what was written in the directory from this line on, and say so: the next look brings the store's."""
        for key in list(self._place.list(TRAIL)):
            if key >= first and key not in self._carried:
                self._take_back(key)

    def _take_back(self, key: str) -> None:
        line = self._place.get(key).decode(errors="replace").strip()
        self._say(f"came too late, or is no line of the trail, and does not count: {line}")
        self._place.delete(key)
