"""The one place where language, knowledge and engine meet: text or case in, assessment out."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

import clingo

from legit._version import __version__
from legit.assessment import (
    Assessment,
    Cited,
    Effect,
    Finding,
    Ground,
    Guidance,
    Harm,
    HarmReason,
    Justification,
    Provenance,
    Question,
    Saved,
    Verdict,
)
from legit.engine.inputs import Encoder, Inputs
from legit.engine.program import Bounds, Program
from legit.engine.solver import OutOfTimeError, Settled, Solver
from legit.engine.support import Supports
from legit.errors import CaseError, LanguageError, Problem
from legit.facts import Case, Fact, Truth
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.conformity import case_problems
from legit.language.grammar import Grammar
from legit.language.reader import Reader
from legit.language.writer import Writer

TIME_LIMIT = 5.0
"""Seconds after which a case is given up as undetermined, with its own reason."""

# The predicates through which a knowledge base speaks to the engine; docs/authors/interface.md describes them.
_WATCHED = ("verdict", "defeats", "tied", "outweighed", "applies", "undercut", "speaks_for", "harm", "harm_finding",
            "guidance", "advice", "stance", "open")  # fmt: skip
_MAX_NAMES = 40


class Judge:
    """Reads and judges cases under one knowledge base. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase | None = None) -> None:
        self.base = base or KnowledgeBase.load()
        self._engines: dict[Bounds, _Engine] = {}
        self._lock = threading.Lock()

    @cached_property
    def grammar(self) -> Grammar:
        return Grammar(self.base.vocabulary)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.grammar)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.base.vocabulary)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.base)

    def read(self, text: str, source: str = "") -> tuple[Case, ...]:
        """The cases of a text, each free of contradictions. Raises LanguageError or CaseError with every problem."""
        cases = self.reader.parse(text, source)
        problems = [problem for case in cases for problem in case_problems(self.base.vocabulary, case)]
        if problems:
            raise CaseError(*(_in(problem, source) for problem in problems))
        return cases

    def read_one(self, text: str, source: str = "") -> Case:
        """The only case of a text. Raises LanguageError (L005) when there is none or more than one."""
        cases = self.read(text, source)
        if len(cases) != 1:
            found = "no sentence" if not cases else f"{len(cases)} cases"
            raise LanguageError(Problem("L005", f"{found} where one case is expected", source=source))
        return cases[0]

    def assess(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Assessment:
        """Judge one case. Raises LanguageError or CaseError when it cannot be understood.

        `time_limit` is in seconds; when it is reached the verdict is `undetermined` with reason `time`.
        """
        if isinstance(case, str):
            case = self.read_one(case)
        else:
            problems = case_problems(self.base.vocabulary, case)
            if problems:
                raise CaseError(*problems)
        inputs = self._encoder.encode(case)
        engine = self._engine(inputs)
        try:
            settled = engine.settle(inputs, time_limit)
        except OutOfTimeError:
            return self._assessment(case, inputs, engine, None)
        return self._assessment(case, inputs, engine, settled)

    def _engine(self, inputs: Inputs) -> _Engine:
        """The engine whose bounds hold the case; larger ones are grounded when a case needs them."""
        if inputs.names > _MAX_NAMES or inputs.dates > _MAX_NAMES:
            raise CaseError(
                Problem(
                    "C104",
                    f"more than {_MAX_NAMES} different names or dates in one case",
                    help="leave out what does not bear on the rule",
                )
            )
        small = Bounds()
        bounds = Bounds(_room(inputs.names, small.names), _room(inputs.dates, small.dates))
        with self._lock:
            if bounds not in self._engines:
                self._engines[bounds] = _Engine(self.base, bounds)
            return self._engines[bounds]

    def _assessment(self, case: Case, inputs: Inputs, engine: _Engine, settled: Settled | None) -> Assessment:
        words = _Words(self.base, self.writer, inputs, engine, settled)
        verdict = words.verdict()
        return Assessment(
            case=case.name,
            verdict=verdict,
            verdict_says=self.base.phrases.get(verdict.value, ""),
            guidance=words.guidance(verdict),
            findings=words.findings(),
            saved=words.saved(),
            for_the_rule=words.for_the_rule(),
            harm=words.harm(),
            questions=words.questions(case),
            opinions=tuple(opinion.text for opinion in case.opinions),
            speakers=tuple(sorted({str(fact.speaker) for fact in case.facts})),
            reason="time" if settled is None else "",
            provenance=Provenance(
                engine=__version__,
                base=self.base.root.name,
                base_version=self.base.version,
                base_digest=self.base.digest,
                profile=self.base.profile.name,
                profile_version=self.base.profile.version,
                bounds=""
                if engine.program.bounds == Bounds()
                else f"names {engine.program.bounds.names}, dates {engine.program.bounds.dates}",
            ),
        )


class _Engine:
    """A program with its solver and supports."""

    def __init__(self, base: KnowledgeBase, bounds: Bounds) -> None:
        self.program = Program(base, bounds)
        self.solver = Solver(self.program, _WATCHED, ("assumed",))
        self._open = [atom for atom, _ in self.program.signatures("open")]

    @cached_property
    def supports(self) -> Supports:
        return Supports(self.program)

    def settle(self, inputs: Inputs, limit: float) -> Settled:
        return self.solver.settle(self.atoms(inputs.true), self.atoms(inputs.open), limit, self._decided)

    def atoms(self, symbols: Iterable[clingo.Symbol]) -> list[int]:
        """The atoms of input symbols. An input that no rule mentions has none and can be left out."""
        return [self.program.atoms[symbol] for symbol in symbols if symbol in self.program.atoms]

    def _decided(self, truth: set[int]) -> bool:
        return not any(atom in truth for atom in self._open)


class _Words:
    """Turns what was settled into the parts of an assessment."""

    def __init__(
        self, base: KnowledgeBase, writer: Writer, inputs: Inputs, engine: _Engine, settled: Settled | None
    ) -> None:
        self._base = base
        self._writer = writer
        self._inputs = inputs
        self._engine = engine
        self._settled = settled
        self._surely: dict[str, list[clingo.Symbol]] = {}
        self._possibly: dict[str, list[clingo.Symbol]] = {}
        if settled is not None:
            for symbol in sorted(settled.surely):
                self._surely.setdefault(symbol.name, []).append(symbol)
            for symbol in sorted(settled.possibly):
                self._possibly.setdefault(symbol.name, []).append(symbol)
        self._order = {name: number for number, name in enumerate(base.criteria)}

    @cached_property
    def _support(self) -> dict[int, object]:
        settled = self._settled
        if settled is None:
            return {}
        true = set(self._engine.atoms(self._inputs.true))
        return dict(self._engine.supports.of(true, settled.truth))

    def verdict(self) -> Verdict:
        found = self._surely.get("verdict", [])
        return Verdict(found[0].arguments[0].name) if len(found) == 1 else Verdict.UNDETERMINED

    def guidance(self, verdict: Verdict) -> Guidance:
        stances = self._surely.get("stance") or self._possibly.get("stance") or []
        stance = stances[0].arguments[0].name if len(stances) == 1 else ""
        actions = self._actions(self._surely, verdict) or self._actions(self._possibly, verdict)
        action = actions[0] if actions else "ask"
        phrases = self._base.phrases
        advice = [symbol.arguments[0] for symbol in self._surely.get("advice", [])]
        said = [phrases[item.name] for item in advice if item.name in phrases and not item.arguments]
        reason = phrases.get(f"{stance}_{action}", phrases.get(action, ""))
        return Guidance(stance=stance, action=action, reason=reason, advice=tuple(said))

    @staticmethod
    def _actions(found: dict[str, list[clingo.Symbol]], verdict: Verdict) -> list[str]:
        return [
            symbol.arguments[1].name
            for symbol in found.get("guidance", [])
            if symbol.arguments[0].name == verdict.value
        ]

    def findings(self) -> tuple[Finding, ...]:
        found = []
        effects: tuple[Effect, ...] = ("defeats", "tied", "outweighed")
        for effect in effects:
            for symbol in self._surely.get(effect, []):
                found.append(self._finding(symbol.arguments[0].name, effect))
        sure = {(finding.criterion, finding.effect) for finding in found}
        known = {criterion for criterion, _ in sure}
        sure_to_apply = {symbol.arguments[0].name for symbol in self._surely.get("applies", [])}
        for symbol in self._possibly.get("applies", []):
            name = symbol.arguments[0].name
            if name not in known and self._base.criteria[name].weighing:
                found.append(self._finding(name, "open" if name in sure_to_apply else "possible"))
        found.sort(key=lambda item: (_EFFECTS.index(item.effect), self._order[item.criterion]))
        return tuple(found)

    def _finding(self, name: str, effect: Effect) -> Finding:
        criterion = self._base.criteria[name]
        return Finding(
            criterion=name,
            title=criterion.title,
            family=criterion.family,
            subtypes=criterion.subtypes,
            effect=effect,
            statement=criterion.statement,
            sources=self._sources(criterion.sources),
            grounds=self._grounds("meets", name),
        )

    def saved(self) -> tuple[Saved, ...]:
        reasons: dict[str, list[str]] = {}
        for symbol in self._surely.get("undercut", []):
            name, why = symbol.arguments
            reasons.setdefault(name.name, []).append(
                self._base.criteria[name.name].undercutters.get(why.name, why.name)
            )
        met = {name for name in reasons if self._holds("meets", name)}
        return tuple(
            Saved(criterion=name, title=self._base.criteria[name].title, because=tuple(reasons[name]))
            for name in sorted(met, key=self._order.__getitem__)
        )

    def for_the_rule(self) -> tuple[Justification, ...]:
        found = [
            Justification(
                criterion=name,
                title=self._base.criteria[name].title,
                sources=self._sources(self._base.criteria[name].sources),
                grounds=self._grounds("meets", name),
            )
            for name in (symbol.arguments[0].name for symbol in self._surely.get("speaks_for", []))
        ]
        return tuple(sorted(found, key=lambda item: self._order[item.criterion]))

    def harm(self) -> Harm:
        levels = self._surely.get("harm") or self._possibly.get("harm") or []
        level = levels[-1].arguments[0].name if levels else ""
        reasons = [
            HarmReason(
                criterion=name,
                title=self._base.criteria[name].title,
                level=self._base.criteria[name].level,
                sources=self._sources(self._base.criteria[name].sources),
                grounds=self._grounds("meets", name),
            )
            for name in (symbol.arguments[0].name for symbol in self._possibly.get("harm_finding", []))
        ]
        return Harm(level=level, reasons=tuple(sorted(reasons, key=lambda item: self._order[item.criterion])))

    def questions(self, case: Case) -> tuple[Question, ...]:
        if self._settled is None or self._settled.certain:
            return ()
        decisive = _decisive(self._settled.completions)
        found = []
        for topic in (symbol.arguments[0].name for symbol in self._possibly.get("open", [])):
            if topic in self._base.questions:
                found.append(Question(text=self._base.questions[topic], decisive=topic in decisive))
        unknown = {symbol for symbol in self._inputs.open}
        undetermined = self.verdict() is Verdict.UNDETERMINED
        for symbol, said in self._inputs.facts.items():
            if symbol in unknown:
                found.append(Question(text=self._writer.question(said[0]), decisive=undetermined))
        found.sort(key=lambda question: not question.decisive)
        return tuple(found)

    def _holds(self, predicate: str, name: str) -> bool:
        atom = self._engine.program.atoms.get(clingo.Function(predicate, [clingo.Function(name, [])]))
        return atom is not None and atom in self._support

    def _grounds(self, predicate: str, name: str) -> tuple[Ground, ...]:
        atom = self._engine.program.atoms.get(clingo.Function(predicate, [clingo.Function(name, [])]))
        if atom is None or atom not in self._support:
            return ()
        below = self._engine.supports.inputs_below(atom, self._support)  # type: ignore[arg-type]
        facts = [
            fact
            for number in below
            for fact in self._inputs.facts.get(self._engine.program.symbols[number], ())
            if fact.truth is Truth.TRUE
        ]
        return tuple(self._ground(fact) for fact in _once(facts))

    def _ground(self, fact: Fact) -> Ground:
        line = fact.place.line if fact.place else None
        return Ground(sentence=self._writer.sentence(fact), truth=fact.truth, speaker=fact.speaker, line=line)

    def _sources(self, refs: tuple[str, ...]) -> tuple[Cited, ...]:
        citations = [citation for ref in refs for citation in self._base.library.resolve(ref)]
        unique = {citation.text: citation for citation in citations}
        return tuple(
            Cited(ref=citation.ref, text=citation.text, kind=citation.kind, verified=citation.verified)
            for citation in unique.values()
        )


_EFFECTS = ("defeats", "tied", "open", "possible", "outweighed")


def _decisive(completions: list[frozenset[clingo.Symbol]]) -> set[str]:
    """The topics whose answer can still change the verdict, the other answers being what they may."""
    topics: set[str] = set()
    rows: list[tuple[dict[str, str], frozenset[str]]] = []
    for completion in completions:
        assumed = {s.arguments[0].name: s.arguments[1].name for s in completion if s.name == "assumed"}
        verdicts = frozenset(s.arguments[0].name for s in completion if s.name == "verdict")
        rows.append((assumed, verdicts))
        topics.update(assumed)
    decisive = set()
    for topic in topics:
        outcomes: dict[frozenset[tuple[str, str]], set[frozenset[str]]] = {}
        for assumed, verdicts in rows:
            rest = frozenset(item for item in assumed.items() if item[0] != topic)
            outcomes.setdefault(rest, set()).add(verdicts)
        if any(len(found) > 1 for found in outcomes.values()):
            decisive.add(topic)
    return decisive


def _once(facts: list[Fact]) -> list[Fact]:
    return list(dict.fromkeys(facts))


def _in(problem: Problem, source: str) -> Problem:
    return Problem(problem.code, problem.message, problem.line, problem.column, source, problem.help, problem.nearest)


def _room(needed: int, least: int) -> int:
    """The smallest of the grounding sizes (doubling from `least`) that holds `needed`."""
    size = least
    while size < needed:
        size *= 2
    return size


@lru_cache(maxsize=8)
def judge_for(folder: Path | None = None, profile: str = DEFAULT_PROFILE) -> Judge:
    """The judge for a knowledge base, loaded once in a process."""
    return Judge(KnowledgeBase.load(folder, profile))
