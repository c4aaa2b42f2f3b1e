"""Makes the dataset: the same rows from the same seed, size, domains, stances and knowledge base."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from legit.dataset.drawing import DrawnCase, case_of
from legit.dataset.near_duplicates import jaccard, word_ngrams
from legit.dataset.prompts import Prompt, PromptWriter
from legit.dataset.rows import DatasetRow, Reason
from legit.dataset.selecting import Candidate, CandidateMaker, Selection
from legit.dataset.situations import Situation, Statement, bank_domains, load_situations
from legit.dataset.wording import Picker, Wording
from legit.dataset.workers import WorkerOptions, draw_in_processes
from legit.errors import DatasetError, Problem
from legit.judge import Judge
from legit.model.assessment import Assessment

LANGUAGES = ("en",)
STANCES = ("evade", "enforce")
SHARE_OF_KIND = {"pair": 0.4, "contested": 0.1, "undetermined": 0.1}
"""Candidates of a kind for each row: a pair gives two rows."""

_MOST_ALIKE = 0.7
_ATTEMPTS = 12
_TEST_SHARE = 5
"""One situation in so many belongs to the test split."""


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """What is made. `withheld_seed` draws the rows of the test split instead of `seed`; empty without one."""

    size: int = 12_000
    seed: str = "1"
    domains: tuple[str, ...] = ()
    stances: tuple[str, ...] = STANCES
    language: str = "en"
    pairs_only: bool = False
    withheld_seed: str = ""
    questions: int = 1
    """How many prompts are written on each case."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A situation and a side, with what is left of its candidates."""

    situation: Situation
    side: str
    candidates: dict[str, list[Candidate]]


def make_dataset(
    judge: Judge,
    options: DatasetOptions,
    progress: Callable[[int, int], None] | None = None,
    *,
    workers: WorkerOptions | None = None,
) -> list[DatasetRow]:
    """The rows, in an order that depends on their ids alone. `workers` are processes that draw cases; the rows do not
    depend on them.

    Raises DatasetError: D026 no such domain, stance or language, D027 the situations give fewer cases than are wanted.
    """
    _check(options)
    situations = [
        item for item in load_situations(judge.base.vocabulary) if not options.domains or item.domain in options.domains
    ]
    return _Maker(judge, options, situations, workers).rows(progress)


def _check(options: DatasetOptions) -> None:
    for what, wanted, known in (
        ("domain", options.domains, bank_domains()),
        ("stance", options.stances, STANCES),
        ("language", (options.language,), LANGUAGES),
    ):
        for name in wanted:
            if name not in known:
                raise DatasetError(Problem("D026", f"there is no {what} `{name}`", help=f"there is {', '.join(known)}"))
    if options.size < 10:
        raise DatasetError(Problem("D026", "a dataset has 10 rows at least"))


def split_of(situation: str) -> str:
    """The split of a situation, from its name alone: all its prompts are in one split."""
    return "test" if int(hashlib.sha256(situation.encode()).hexdigest(), 16) % _TEST_SHARE == 0 else "train"


class _Maker:
    def __init__(
        self, judge: Judge, options: DatasetOptions, situations: Sequence[Situation], workers: WorkerOptions | None
    ) -> None:
        self._workers = workers
        self._judge = judge
        self._options = options
        self._situations = situations
        self._candidates = CandidateMaker(judge)
        self._writer = PromptWriter(Wording(judge.base.vocabulary))
        self._selection = Selection()
        self._taken: set[tuple[object, ...]] = set()
        self._grams: dict[str, list[frozenset[int]]] = {}

    def rows(self, progress: Callable[[int, int], None] | None) -> list[DatasetRow]:
        chosen = list(self._chosen())
        rows: list[DatasetRow] = []
        for number, candidate in enumerate(chosen):
            rows += self._written(candidate)
            if progress:
                progress(number + 1, len(chosen))
        return sorted(rows, key=lambda row: row.id)

    def _pick(self, situation: Situation, *what: str) -> Picker:
        """A seeded source for one purpose: what is drawn for a situation does not depend on the others."""
        return Picker(random.Random(self._seed(situation, *what)).random)

    def _seed(self, situation: Situation, *what: str) -> str:
        withheld = self._options.withheld_seed if split_of(situation.id) == "test" else ""
        return "/".join(("legit-dataset", withheld or self._options.seed, situation.id, *what))

    def _places(self) -> dict[str, list[_Place]]:
        """The places of each domain and side, in an order that depends on the seed."""
        found: dict[str, list[_Place]] = {}
        for situation in self._situations:
            for side in self._options.stances:
                if side == "evade" or situation.desk:
                    found.setdefault(f"{situation.domain}/{side}", []).append(_Place(situation, side, {}))
        for key, places in found.items():
            shuffle = Picker(random.Random(f"legit-dataset/{self._options.seed}/{key}").random)
            found[key] = shuffle.shuffled(places)
        return found

    def _chosen(self) -> Iterator[Candidate]:
        places = self._places()
        size = self._options.size // self._options.questions
        if self._workers:
            self._draw_all([place for group in places.values() for place in group[: -(-size // len(places))]])
        shares = {"pair": 0.5} if self._options.pairs_only else SHARE_OF_KIND
        for kind, share in shares.items():
            missing = 0
            for number, group in enumerate(places.values()):
                wanted = round(size * share * (number + 1) / len(places)) - round(size * share * number / len(places))
                found = list(self._from_group(group, kind, wanted))
                missing += wanted - len(found)
                yield from found
            # What a domain cannot give, the others give.
            for group in places.values():
                found = list(self._from_group(group, kind, missing))
                missing -= len(found)
                yield from found
            if missing:
                raise DatasetError(
                    Problem("D027", f"{missing} of the {kind} cases that are wanted cannot be drawn: add situations")
                )

    def _draw_all(self, places: list[_Place]) -> None:
        """Draw the candidates of places in several processes."""
        assert self._workers is not None
        tasks = [(place.situation, place.side, self._seed(place.situation, place.side)) for place in places]
        for place, found in zip(places, draw_in_processes(tasks, self._workers), strict=True):
            place.candidates.update(found)

    def _from_group(self, group: list[_Place], kind: str, wanted: int) -> Iterator[Candidate]:
        """At most so many candidates of a kind, one of each situation in turn."""
        left = list(group)
        given = 0
        while given < wanted:
            for place in list(left):
                if given == wanted:
                    return
                if not place.candidates:
                    pick = self._pick(place.situation, place.side)
                    place.candidates.update(self._candidates.make(place.situation, place.side, pick).by_kind)
                candidate = self._selection.choose(place.candidates[kind], self._taken)
                if candidate is None:
                    left.remove(place)
                    continue
                given += 1
                yield candidate
            if not left:
                return

    def _written(self, candidate: Candidate) -> Iterator[DatasetRow]:
        names = [self._id(case) for case in candidate.cases]
        pair = f"p{hashlib.sha256('/'.join(names).encode()).hexdigest()[:12]}" if len(names) > 1 else ""
        for name, case, changed in zip(names, candidate.cases, candidate.changed, strict=True):
            yield self._row(name, pair, case, changed)
            for number in range(2, self._options.questions + 1):
                # A further question belongs to no pair: a pair has one prompt for each of its cases.
                yield self._row(f"{name}-{number}", "", case, None, name)

    @staticmethod
    def _id(case: DrawnCase) -> str:
        """The id of a row, from the facts of its case: the same case has the same id in every dataset."""
        return f"{case.situation.domain[:3]}-{hashlib.sha256(repr(case.key).encode()).hexdigest()[:12]}"

    def _row(self, name: str, pair: str, drawn: DrawnCase, changed: Statement | None, group: str = "") -> DatasetRow:
        prompt = self._prompt(name, drawn)
        case = case_of(drawn, self._details(drawn, prompt))
        assessment = self._judge.assess(case)
        here = drawn.situation
        differs = ""
        if changed is not None:
            differs = prompt.sentences[drawn.statements.index(changed)]
        return DatasetRow(
            id=name,
            pair=pair,
            split=split_of(here.id),
            language=self._options.language,
            domain=here.domain,
            situation=here.id,
            authority=here.authority,
            stance=drawn.stance,
            voice=here.voice,
            operator=prompt.operator,
            prompt=prompt.text,
            differs=differs,
            case=self._judge.writer.case(case),
            question_group=group or (name if self._options.questions > 1 else ""),
            patterns=prompt.patterns,
            **label(assessment),
        )

    def _details(self, drawn: DrawnCase, prompt: Prompt) -> dict[int, str]:
        required = self._judge.base.vocabulary.detail_required_predicates
        return {
            place: prompt.sentences[place].rstrip(".")
            for place, item in enumerate(drawn.statements)
            if item.say or item.fact.predicate in required
        }

    def _prompt(self, name: str, drawn: DrawnCase) -> Prompt:
        """A prompt that is not like another of its situation; the least alike of some attempts."""
        pick = self._pick(drawn.situation, name)
        others = self._grams.setdefault(drawn.situation.id, [])
        best: tuple[float, Prompt, frozenset[int]] | None = None
        for _ in range(_ATTEMPTS):
            prompt = self._writer.write(drawn, pick)
            grams = word_ngrams(prompt.text)
            alike = max((jaccard(grams, other) for other in others), default=0.0)
            if best is None or alike < best[0]:
                best = alike, prompt, grams
            if alike <= _MOST_ALIKE:
                break
        assert best is not None
        others.append(best[2])
        return best[1]


def label(found: Assessment) -> dict[str, object]:
    """The fields of a row that the engine gives."""
    return {
        "verdict": found.verdict.value,
        "scope": found.scope,
        "consequence": found.consequence,
        "proof": tuple(
            Reason(
                criterion=item.criterion,
                family=item.family,
                effect=item.effect,
                because=tuple(fact.sentence for fact in item.evidence),
                against=tuple(fact.sentence for fact in item.counterweights),
            )
            for item in found.findings
        ),
        "undercut": tuple(f"{item.criterion}:{name}" for item in found.undercut for name in item.undercutters),
        "rights": tuple(item.right for item in found.rights_touched),
        "harm": found.method_harm.level,
        "harms": tuple(item.criterion for item in found.method_harm.reasons),
        "guidance": found.guidance.action,
        "base": found.provenance.base_digest,
    }
