from __future__ import annotations

import pytest
from sample_run import SampleRun, finding

from twinstage.world.store import DirectoryStore, PrefixStore, Store


@pytest.fixture
def store(tmp_path) -> Store:
    return PrefixStore(DirectoryStore(tmp_path), "runs/sample-1")


@pytest.fixture
def run(store) -> SampleRun:
    return SampleRun(store)


@pytest.fixture
def approved(run) -> Store:
    run.complete(rejected=False)
    return run.store


@pytest.fixture
def rejected(run) -> Store:
    run.complete(rejected=True)
    return run.store


@pytest.fixture
def half_way(run) -> Store:
    """The candidate's twin never equalled the snapshot: the machine went from there to Validate."""
    run.inputs()
    run.fidelity("baseline")
    run.replay("baseline", run.bad_day(breaks=True))
    run.capture("baseline", "baseline")
    run.fidelity("candidate", equal=False)
    cause = '{"errorType": "TwinstageError", "errorMessage": "the twin differs from the snapshot in 1 places"}'
    run.failure("VerifyFidelity", "candidate", cause)
    found = [
        finding(
            "completed",
            "evidence",
            "VerifyFidelity of the candidate failed: States.TaskFailed",
            passed=False,
            evidence={"state": "VerifyFidelity", "failed_arm": "candidate"},
        ),
        finding("fidelity", "evidence", "the twin equals the snapshot", arm="baseline"),
        finding(
            "fidelity", "evidence", "the twin differs from the snapshot in 1 places", passed=False, arm="candidate"
        ),
        finding("no-new-failures", "consistency", "one of the arms was not reached", passed=None, arm="candidate"),
    ]
    run.judged("INCONCLUSIVE", found)
    return run.store
