"""The embedded AWS in this process: start it, get sessions, stop it, and everything it held is gone.

moto's state is process-wide, so a process runs one engine at a time; the next one starts empty.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from twinstage.local import moto_contract
from twinstage.local.accounts import Accounts
from twinstage.local.clients import Clients
from twinstage.local.credentials import Principals
from twinstage.local.moto_start import forget_everything, load_moto
from twinstage.local.state_directory import state_directory
from twinstage.local.target import operator_environment
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import boto3

    from twinstage.local.cloudwatch.metrics import Metrics
    from twinstage.local.dynamodb.tables import Tables
    from twinstage.local.exact import ExactService
    from twinstage.local.functions.downloads import Downloads
    from twinstage.local.functions.pool import Pool
    from twinstage.local.functions.runner import FunctionRunner
    from twinstage.local.quotas import QuotasInForce

_running = threading.Lock()


class Engine:
    """A running embedded AWS. Use as a context manager, or call `stop()`.

    `endpoint` is `http://localhost:PORT`: CloudFormation cannot resolve template URLs at an address like 127.0.0.1. `quotas` are those in force: none,
    until somebody in this process binds an account to its own.
    """

    def __init__(self, accounts: Accounts, region: str) -> None:
        self.accounts, self.region = accounts, region
        self._closing = ExitStack()
        self.port, self.endpoint = 0, ""

    @classmethod
    def start(
        cls,
        *,
        accounts: Accounts | None = None,
        region: str = "us-east-1",
        port: int = 0,
        home: Path | None = None,
        concurrency: int = 16,
        verify: bool = True,
        gate: bool = True,
    ) -> Engine:
        """Start an engine with empty accounts. `home`: where its own directory is made (a temporary place when None).

        `concurrency`: function invocations at the same time. `verify`: hold moto to its contract. `gate` False lets every known key do
        anything in its own account, and more: only to show what the gate keeps out.

        Raises TwinstageError: LOCAL_RUNNING when this process has one already, LOCAL_PORT when the port is taken,
        MOTO_CONTRACT when the installed moto is not the one it was written for.
        """
        if not _running.acquire(blocking=False):
            raise TwinstageError(
                "LOCAL_RUNNING",
                "this process already runs an embedded AWS",
                hint="stop it first, or use `twinstage local start` for another",
            )
        with ExitStack() as opening:
            opening.callback(_running.release)
            root = opening.enter_context(state_directory(home))
            load_moto()
            if verify:
                moto_contract.verify()
            engine = cls(accounts or Accounts(), region)
            opening.push(engine._closing)
            engine._open(root, port, concurrency, gate=gate)
            engine._closing = opening.pop_all()
        return engine

    def stop(self) -> None:
        """Kill the workers, close the server, remove the directories and forget all state. Idempotent."""
        self._closing.close()

    def halt(self) -> None:
        """End every execution and every function that is at work, and run none any more; what they left behind stays."""
        from twinstage.local.stepfunctions.executions import stop_all

        stop_all()
        # A killed function's last request may be on its way still: it is refused, or over before this returns.
        self.principals.end_sessions()
        self._pool.close()
        self._tables.stop()
        self._front.drain()

    def reset(self) -> None:
        """Forget all state but the operators' keys; the server keeps its port. For tests that want empty accounts."""
        from twinstage.local.stepfunctions.executions import stop_all

        stop_all()
        self._pool.forget_all()
        # Before the operators' keys are held: exports and imports end their requests to S3, which asks for keys.
        self._tables.stop()

        def forget() -> None:
            forget_everything()
            self._tables.forget_all()
            self._metrics.forget()

        self.principals.keep_operators(self.accounts, while_forgetting=forget)

    def expire_items(self, account: str) -> None:
        """Delete the items of an account, in the engine's region, whose time to live is over.

        AWS does so within days after that time, and nothing here does it unasked: a table keeps what was put into it.
        """
        self._check(account)
        self._tables.databases.expire(account, self.region)

    def environment(self, account: str) -> dict[str, str]:
        """`operator_environment` of one account."""
        self._check(account)
        key = self.principals.operator(account)
        return operator_environment(self.endpoint, self.region, key.access_key_id, key.secret_access_key)

    def session(self, account: str) -> boto3.Session:
        """A boto3 session of the account's operator whose clients talk to this engine."""
        self._check(account)
        return self.clients.session(account)

    def client(self, account: str, service: str) -> Any:
        """The operator's cached boto3 client of a service."""
        self._check(account)
        return self.clients.operator(account, service)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _check(self, account: str) -> None:
        if account not in self.accounts:
            raise TwinstageError(
                "LOCAL_ACCOUNT", f"the embedded AWS has no account {account}, only {', '.join(self.accounts)}"
            )

    def _open(self, root: Path, port: int, concurrency: int, *, gate: bool) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        from twinstage.local.cloudwatch.metrics import Metrics
        from twinstage.local.cloudwatch.service import CloudWatchService
        from twinstage.local.dynamodb.tables import Tables
        from twinstage.local.front import Front
        from twinstage.local.functions.downloads import PAGE, Downloads
        from twinstage.local.functions.pool import Endpoint, Pool
        from twinstage.local.functions.provisioned import ProvisionedConcurrency
        from twinstage.local.gate.gate import Gate
        from twinstage.local.gate.log import AccessLog
        from twinstage.local.quotas import QuotasInForce
        from twinstage.local.route53_wire import Route53Service
        from twinstage.local.server import LoopbackServer
        from twinstage.local.stepfunctions.executions import stop_all

        # What is opened is closed in the opposite order, also when a later part cannot be opened.
        self._closing.callback(forget_everything)
        self._closing.callback(moto_contract.restore)
        self.principals, downloads = Principals(self.region), Downloads()
        self._tables = Tables(lambda account, region: self.clients.operator(account, "s3", region))
        pages = {PAGE: downloads}
        moto = ProvisionedConcurrency(DomainDispatcherApplication(create_backend_app))
        self._metrics = Metrics(time.time)
        exact: dict[str, ExactService] = {
            "dynamodb": self._tables.service,
            "monitoring": CloudWatchService(self._metrics),
            "route53": Route53Service(),
        }
        self.log = AccessLog(root / "access.jsonl")
        self._closing.callback(self.log.close)
        decides = Gate(self.log, lambda: dt.datetime.now(dt.UTC)) if gate else None
        self.quotas = QuotasInForce()
        self._front = Front(moto, self.principals, pages, exact, decides, self.quotas)
        server = LoopbackServer(self._front, port)
        self.port, self.endpoint = server.port, f"http://localhost:{server.port}"
        self.clients = Clients(self.endpoint, self.region, self.principals)
        self._closing.callback(self.clients.close)
        self._closing.callback(server.stop)
        self._pool = Pool(
            root / "functions", Endpoint(self.endpoint, server.port, server.take), self.principals, concurrency
        )
        self._closing.callback(self._pool.close)
        runner = install_services(self.clients, self._pool, downloads, self._tables, self.quotas, self._metrics)
        self._closing.callback(runner.close)
        self._closing.callback(self._tables.stop)
        self._closing.callback(stop_all)
        for account in self.accounts:
            self.principals.operator(account)


def install_services(
    clients: Clients, pool: Pool, downloads: Downloads, tables: Tables, quotas: QuotasInForce, metrics: Metrics
) -> FunctionRunner:
    """Put the services right, each by the package that owns it. Makes every replacement that a running engine has."""
    from twinstage.local import cloudformation, moto_start, outbound, route53
    from twinstage.local.functions import adapter
    from twinstage.local.stepfunctions import install as stepfunctions

    moto_start.install()
    outbound.install()
    clients.principals.install()
    route53.install()
    tables.install()
    stepfunctions.install(clients)
    cloudformation.install(clients.operator)
    return adapter.install(pool, downloads, clients.endpoint, quotas, metrics)
