"""Everything that can be said about one judged case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from legit.assessment import Assessment, Verdict
from legit.engine.engine import Engine
from legit.engine.scenarios import Reading, Scenarios, written
from legit.errors import CaseError, Problem
from legit.explain.citing import Citer
from legit.explain.judged import Judged
from legit.explain.proof import Prover, View
from legit.explain.sensitivity import moves
from legit.explain.turning import Turning
from legit.explain.words import Words
from legit.explanation import Explanation, Moved, Proof, Sensitivity, WhyNot
from legit.knowledge.files import nearest
from legit.language.writer import Writer

_EFFECTS = ("defeats", "tied", "outweighed", "undercut")


class Explainer:
    """Explains one case. `moving` is the engine in which the weights can be moved."""

    def __init__(self, writer: Writer, citer: Citer, judged: Judged) -> None:
        self._judged = judged
        self._citer = citer
        self._base = judged.base
        self._engine = judged.engine
        self._words = Words(judged.base, writer, judged.inputs)
        self._order = list(judged.base.criteria)

    def explanation(self, assessment: Assessment, moving: Engine | None) -> Explanation:
        """The whole explanation; without `moving` it leaves out what would change the verdict."""
        order = [finding.criterion for finding in assessment.findings]
        return Explanation(
            assessment=assessment,
            proof=self.proof(order),
            turns=self._turning.turns() if moving else (),
            sensitivity=self.sensitivity(moving) if moving else Sensitivity(moved=(), tried=0, says=""),
        )

    @cached_property
    def _turning(self) -> Turning:
        return Turning(self._judged, self._words)

    # Proofs

    def proof(self, order: Sequence[str] = ()) -> Proof:
        """The proof of the verdict: under it every criterion that bears on it, with what becomes of it and why.

        Criteria stand in the given `order`, the others after them in that of the base.

        Where the verdict is open, each verdict that is possible is shown in the first scenario that leads to it.
        """
        self._order = list(dict.fromkeys([*order, *self._base.criteria]))
        prover = self._prover()
        judged = self._judged
        if judged.settled is None:
            return prover.proof(())
        if judged.settled_verdict is not Verdict.UNDETERMINED:
            view = self._settled_view()
            children = self._bearing(prover, view)
            phrase = self._base.phrases[judged.settled_verdict.value]
            says = self._base.phrases["verdict_proven"].format(verdict=judged.settled_verdict.value, clause=phrase)
            root = prover.add(kind="verdict", status="proven", says=f"{says}.", children=tuple(children))
            return prover.proof((root, *self._apart(prover, view)))
        scenarios = judged.settled.scenarios
        if scenarios is None:
            return prover.proof(())
        roots = []
        for (verdict,), mask in sorted(scenarios.values("verdict").items()):
            index = (mask & -mask).bit_length() - 1
            view = self._view(scenarios, index)
            children = self._bearing(prover, view)
            suppositions = [step for atom in sorted(view.supposed) for step in prover.proven(atom, view)]
            says = self._base.phrases["verdict_unknown"].format(verdict=verdict)
            children = list(dict.fromkeys([*suppositions, *children]))
            roots.append(prover.add(kind="verdict", status="unknown", says=f"{says}.", children=tuple(children)))
        return prover.proof(roots)

    def _prover(self) -> Prover:
        return Prover(self._base, self._citer, self._engine, self._words, self._judged.inputs)

    def _settled_view(self) -> View:
        settled = self._judged.settled
        assert settled is not None
        return View(self._judged.support, settled.truth, settled.maybe)

    def _view(self, scenarios: Scenarios, index: int) -> View:
        support, truth, supposed = self._engine.support_in(self._judged.inputs, scenarios, index)
        return View(support, truth, truth, supposed)

    def _bearing(self, prover: Prover, view: View) -> list[int]:
        """The steps of every criterion that has an effect on the verdict, or that there is none."""
        found = self._steps(prover, view, _EFFECTS)
        if not found:
            says = prover.add(
                kind="concept",
                status="failed",
                says=self._words.framed("failed", self._base.phrases["nothing_against"]),
            )
            return [says]
        return found

    def _apart(self, prover: Prover, view: View) -> list[int]:
        """The steps of what speaks for the rule, and of the harm apart from it."""
        return self._steps(prover, view, ("speaks_for", "harm_finding"))

    def _steps(self, prover: Prover, view: View, results: tuple[str, ...]) -> list[int]:
        place = {name: number for number, name in enumerate(self._order)}
        held: dict[str, list[tuple[int, int]]] = {}
        for atom in view.support:
            item = self._engine.reading(atom)
            if item is not None and item.name in results:
                held.setdefault(item.name, []).append((place[item.args[0]], atom))
        found: dict[int, None] = {}
        for result in results:
            for number, atom in sorted(held.get(result, ())):
                if result != "undercut" or self._met(self._order[number], view):
                    found.update(dict.fromkeys(prover.proven(atom, view)))
        return list(found)

    def _met(self, criterion: str, view: View) -> bool:
        return bool(self._base.criteria[criterion].weighing) and any(
            atom in view.support for atom in self._engine.atoms_of("meets", criterion)
        )

    def _atom(self, name: str, *args: str) -> int:
        return self._engine.program.atoms.get(written(Reading(name, args)), 0)

    # Why not

    def why_not(self, asked: str) -> WhyNot:
        """Why a criterion does not apply, or the rule is not judged so. Raises CaseError (C302) for an unknown name."""
        verdicts = {args[0] for args in self._engine.results("verdict")}
        if asked in verdicts:
            wanted = Reading("verdict", (asked,))
        elif asked in self._base.criteria:
            criterion = self._base.criteria[asked]
            name = "defeats" if criterion.weighing else "harm_finding" if criterion.level else "speaks_for"
            wanted = Reading(name, (asked,))
        else:
            known = [*sorted(verdicts), *self._base.criteria]
            raise CaseError(
                Problem("C302", f"`{asked}` is no criterion and no verdict", help="`legit kb list` names the criteria",
                        nearest=nearest(asked, known))
            )  # fmt: skip
        atom = self._atom(wanted.name, *wanted.args)
        phrases = self._base.phrases
        settled = self._judged.settled
        prover = self._prover()
        if settled is not None and atom and atom in settled.truth:
            view = self._settled_view()
            root = self._rooted(prover, wanted, prover.proven(atom, view), "proven")
            return WhyNot(asked=asked, kind="holds", says=phrases["why_not_holds"], proof=prover.proof((root,)))
        if settled is not None and settled.scenarios is not None and atom and settled.scenarios.masks.get(atom, 0):
            mask = settled.scenarios.masks[atom]
            view = self._view(settled.scenarios, (mask & -mask).bit_length() - 1)
            root = self._rooted(prover, wanted, prover.proven(atom, view), "unknown")
            return WhyNot(asked=asked, kind="open", says=phrases["why_not_possible"], proof=prover.proof((root,)))
        against: tuple[str, ...] = ()
        if settled is not None and atom:
            steps = prover.failed(atom, self._settled_view())
            proof = prover.proof(steps)
            against = tuple(proof.nodes[step].says for step in steps)
        turn = self._turning.turn(wanted, "", phrases["why_not_change"])
        if not turn.ways:
            says = phrases["why_not_never"].format(count=turn.most)
            return WhyNot(asked=asked, kind="never", says=says, against=against)
        return WhyNot(asked=asked, kind="change", says=phrases["why_not_change"], against=against, turn=turn)

    def _rooted(self, prover: Prover, wanted: Reading, steps: tuple[int, ...], status: str) -> int:
        """One root over the steps of a conclusion: themselves when they are one, else the conclusion in words."""
        if len(steps) == 1:
            return steps[0]
        criterion = self._base.criteria.get(wanted.args[0])
        if criterion is None:
            key = "verdict_proven" if status == "proven" else "verdict_unknown"
            clause = self._base.phrases.get(wanted.args[0], "")
            says = self._base.phrases[key].format(verdict=wanted.args[0], clause=clause)
            return prover.add(kind="verdict", status=status, says=f"{says}.", children=steps)
        return prover.add(
            kind="criterion", status=status, says=f"{criterion.title}.", criterion=criterion.id,
            statement=criterion.statement, sources=self._citer.criterion(criterion.id), children=steps,
        )  # fmt: skip

    # Sensitivity

    def sensitivity(self, moving: Engine) -> Sensitivity:
        """Which weights change the verdict when one of them is moved by one step."""
        phrases = self._base.phrases
        found = moves(self._base, moving, self._judged.inputs)
        if found is None or self._judged.settled_verdict is Verdict.UNDETERMINED:
            return Sensitivity(moved=(), tried=0, says="")
        moved = tuple(
            Moved(
                says=self._base.profile.tables[move.weight.table].says.format(
                    entry=" ".join(move.weight.entry).replace("_", " ")
                ),
                table=move.weight.table,
                entry=" ".join(move.weight.entry),
                weight=move.weight.value,
                moved=move.value,
                verdict=Verdict(move.verdict or Verdict.UNDETERMINED),
            )
            for move in found
            if move.verdict != self._judged.settled_verdict.value
        )
        return Sensitivity(moved=moved, tried=len(found), says=phrases["sensitive" if moved else "robust"])
