"""What the endpoints share in one process: a warm judge, its threads, and the decision log if there is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from legit._version import __version__
from legit.consult import Consultant
from legit.errors import KnowledgeBaseError, Problem, ServiceError
from legit.judge import Judge, cached_judge
from legit.model.facts import Case
from legit.serve.settings import ServiceSettings
from legit.serve.worker_threads import WorkerThreads

if TYPE_CHECKING:
    from legit.catalogue.entries import Entries
    from legit.decision_log import DecisionLog
    from legit.knowledge.base import KnowledgeBase

P = ParamSpec("P")
T = TypeVar("T")

_WARM_SENTENCES = 6
"""The sentences of an example of the base that are read before the service answers."""


class Service:
    """Judges for the endpoints of one process. With the base and the entries of one `beside` it, if there is one.

    Raises KnowledgeBaseError when the base is not valid, and DecisionLogError when the log cannot be opened.
    """

    def __init__(self, settings: ServiceSettings, beside: Service | None = None) -> None:
        self.settings = settings
        self.judge: Judge = beside.judge if beside else cached_judge(settings.base, settings.profile, settings.packs)
        if beside:
            self.entries = beside.entries
        self.threads = WorkerThreads(settings.threads, settings.waiting, settings.wait_seconds)
        self.log = self._open_log()
        self.consultant = Consultant(base=self.base, time_limit=settings.time_limit, log=self.log)
        self.ready = False

    @property
    def base(self) -> KnowledgeBase:
        """The knowledge base, under the profile of the service."""
        return self.judge.base

    @cached_property
    def entries(self) -> Entries:
        """The entries of the base."""
        from legit.catalogue.entries import Entries

        return Entries(self.base)

    @cached_property
    def etag(self) -> str:
        """The entity tag of everything that depends on nothing but the base, its profile and this version."""
        key = f"{__version__} {self.base.digest}"
        return f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'

    def judge_for(self, profile: str) -> Judge:
        """The judge under a profile, the service's own where it is empty.

        Raises KnowledgeBaseError (K107) when the base has no such profile.
        """
        if not profile:
            return self.judge
        if profile not in self.base.profile_ids:
            names = ", ".join(self.base.profile_ids)
            raise KnowledgeBaseError(
                Problem("K107", f"there is no profile `{profile[:60]}`", source="profile", help=f"give one of {names}")
            )
        return self.judge.with_profile(profile)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call in a thread: see `WorkerThreads.run`."""
        return await self.threads.run(function, *args, **kwargs)

    def required_log(self) -> DecisionLog:
        """The decision log. Raises ServiceError (H014) when the service has none."""
        if self.log is None:
            raise ServiceError(404, Problem("H014", "this service has no decision log", help="legit serve --log LOG"))
        return self.log

    def warm(self) -> None:
        """Read, judge and explain once, so that the first request takes no longer than others."""
        self.judge.assess(Case())
        text = "\n".join(example_text(self.base).splitlines()[:_WARM_SENTENCES])
        self.judge.explain(self.judge.parse_case(text))
        self.judge.completer.complete("", 0)
        self.consultant.vocabulary()
        self.ready = True

    def close(self) -> None:
        """Take no more requests, wait for those that are judged, and close the log."""
        self.ready = False
        self.threads.close()
        if self.log is not None:
            self.log.close()

    def _open_log(self) -> DecisionLog | None:
        if self.settings.log is None:
            return None
        from legit.decision_log import DecisionLog

        log = DecisionLog(self.settings.log, text_policy=self.settings.text_policy)
        log.open()
        return log


def example_text(base: KnowledgeBase) -> str:
    """A case of the base that it gives as an example: the first of a criterion."""
    examples = (example.text for criterion in base.criteria.values() for example in criterion.examples)
    return next(examples, "").strip()
