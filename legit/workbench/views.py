"""What the workbench asks of a service, as calls: each takes the text as it stands and a profile."""

from __future__ import annotations

from functools import cached_property

from legit._util.suggest import suggest
from legit.catalogue.entries import Entries
from legit.errors import KnowledgeBaseError, LanguageError, Problem
from legit.judge import TIME_LIMIT, Judge, judge_of_layers
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import shipped_base
from legit.knowledge.packs import combined_layers, shipped_packs
from legit.messages import message
from legit.model.facts import Case
from legit.site.urls import Urls
from legit.workbench.case_view import CaseView, CaseViews
from legit.workbench.proof_view import ProofView, WhyNotView, proof_view, why_not_view


class Workbench:
    """Answers the pages of the workbench under one base. Instances may be shared between threads.

    `time_limit` is in seconds, for each decision. `entries` are those of the base where they are known already.
    """

    def __init__(self, judge: Judge, *, time_limit: float = TIME_LIMIT, entries: Entries | None = None) -> None:
        self._judge = judge
        self._entries = entries or Entries(judge.base)
        self._time_limit = time_limit
        self._views: dict[tuple[str, str], CaseViews] = {}

    @cached_property
    def _urls(self) -> Urls:
        return Urls(self._entries.all)

    def case(self, text: str, profile: str = "", pack: str = "") -> CaseView:
        """The facts, the problems and the answer of a text, in its language; with a `pack`, under the base and that.

        Raises KnowledgeBaseError when there is no such profile, or no such pack among `offered_packs` (K111), and when
        the pack does not fit the base.
        """
        judge, read, wrong = self._under(profile, pack).reading(text)
        with judge.speaking():
            return self._views_of(judge).of(read, wrong, time_limit=self._time_limit)

    def proof(self, text: str, profile: str = "") -> ProofView:
        """The proof of the answer to what was understood of a text, and what would change it.

        Raises LanguageError (L005) for a text of several cases or none, CaseError for one that contradicts itself,
        KnowledgeBaseError when there is no such profile.
        """
        judge, read, _ = self._under(profile).reading(text)
        with judge.speaking():
            return proof_view(judge.explain(_understood(judge, read), time_limit=self._time_limit))

    def why_not(self, text: str, target: str, profile: str = "") -> WhyNotView:
        """Why a criterion does not defeat the rule, or the verdict is another; `target` is its id.

        Raises as `proof` does, and CaseError (C302) for a name that is neither.
        """
        judge, read, _ = self._under(profile).reading(text)
        with judge.speaking():
            return why_not_view(judge.why_not(_understood(judge, read), target, time_limit=self._time_limit))

    def _under(self, profile: str, pack: str = "") -> Judge:
        judge = judge_with_pack(self._judge, pack) if pack else self._judge
        return judge.with_profile(profile) if profile else judge

    def _views_of(self, judge: Judge) -> CaseViews:
        name = (judge.base.digest, judge.language)
        if name not in self._views:
            self._views[name] = CaseViews(judge, self._urls)
        return self._views[name]


def offered_packs(base: KnowledgeBase) -> tuple[str, ...]:
    """The shipped packs that a base can be compared with: those that extend it, and are not part of it."""
    if base.layers[0].root.resolve() != shipped_base().resolve():
        return ()
    own = {layer.root.resolve() for layer in base.layers}
    return tuple(name for name, folder in shipped_packs().items() if folder.resolve() not in own)


def judge_with_pack(judge: Judge, pack: str) -> Judge:
    """The judge of the base of another and one of its `offered_packs`. Raises KnowledgeBaseError (K111) for others."""
    base, offered = judge.base, offered_packs(judge.base)
    if pack not in offered:
        told = f"there is no pack `{pack[:80]}` to compare with"
        raise KnowledgeBaseError(Problem("K111", told, source="pack", nearest=suggest(pack, offered)))
    layers = combined_layers(base.layers[0].root, [*(layer.root for layer in base.layers[1:]), pack])
    return judge_of_layers(layers, base.profile.id)


def _understood(judge: Judge, text: str) -> Case:
    """The case of a text, without the sentences that are not understood."""
    cases, _ = judge.reader.parse(text, strict=False)
    if len(cases) != 1:
        raise LanguageError(Problem("L005", message("workbench.several_cases", count=len(cases))))
    return cases[0]
