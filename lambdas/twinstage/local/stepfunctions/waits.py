"""Retry intervals that a stopped execution does not sit out."""

from __future__ import annotations

from typing import Any

from twinstage.local.moto_contract import replaces


def install() -> None:
    """moto sleeps; wait on the environment's event instead, as its own Wait state does."""
    from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import MaxAttemptsOutcome
    from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome

    @replaces("moto.stepfunctions.parser.asl.component.common.retry.retrier_decl:RetrierDecl._eval_body")
    def evaluate(retrier: Any, env: Any) -> None:
        retrier.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        retrier.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        for part in (
            retrier.interval_seconds,
            retrier.backoff_rate,
            retrier.max_delay_seconds,
            retrier.jitter_strategy,
        ):
            part.eval(env=env)
        env.program_state_event.wait(env.stack.pop())
        env.stack.append(RetrierOutcome.Executed)
