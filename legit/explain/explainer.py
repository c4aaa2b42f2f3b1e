"""Everything that can be said about one judged case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal

from legit.engine.decided_case import Judged
from legit.engine.engine import Engine
from legit.engine.scenarios import Reading, Scenarios, written
from legit.errors import CaseError, Problem
from legit.explain.citation_cache import Citer
from legit.explain.counterfactual_text import Turning
from legit.explain.proof import Prover, View
from legit.explain.sensitivity import moves
from legit.explain.verbalizer import Phrasebook, Words
from legit.knowledge.toml_files import nearest
from legit.model.assessment import Assessment, Verdict
from legit.model.explanation import Explanation, Moved, Proof, Sensitivity, Status, WhyNot

_EFFECTS = ("defeats", "tied", "outweighed", "undercut")


class Explainer:
    """Explains one case. `moving` is the engine in which the weights can be moved; with `every` each way that would
    change an outcome is written out, and not only the first of its kind."""

    def __init__(self, book: Phrasebook, citer: Citer, judged: Judged, *, every: bool = False) -> None:
        self._every = every
        self._judged = judged
        self._citer = citer
        self._base = judged.base
        self._engine = judged.engine
        self._words = Words(book, judged.inputs)
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
        return Turning(self._judged, self._words, every=self._every)

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
            # A verdict that somebody else has to confirm is none yet.
            status: Status = "proven" if judged.verdict is judged.settled_verdict else "unknown"
            root = self._verdict(prover, judged.settled_verdict.value, status, children)
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
            roots.append(self._verdict(prover, verdict, "unknown", [*suppositions, *children]))
        return prover.proof(roots)

    def _verdict(self, prover: Prover, verdict: str, status: Status, children: Iterable[int]) -> int:
        """A root: that the rule is judged so, or would be."""
        phrases = self._base.phrases
        frame = phrases["verdict_proven" if status == "proven" else "verdict_unknown"]
        says = frame.format(verdict=verdict, clause=phrases.get(verdict, ""))
        return prover.add(kind="verdict", status=status, says=f"{says}.", children=tuple(dict.fromkeys(children)))

    def _prover(self) -> Prover:
        return Prover(self._citer, self._engine, self._words, self._judged.inputs)

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
        found: dict[int, None] = {}
        for result in results:
            held = [(place[criterion], atom) for atom, criterion in self._engine.firsts(result) if atom in view.support]
            for number, atom in sorted(held):
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
        phrases = self._base.phrases
        settled = self._judged.settled
        if settled is None:
            return WhyNot(asked=asked, kind="open", says=phrases["out_of_time"])
        atom = self._atom(wanted.name, *wanted.args)
        prover = self._prover()
        if atom and atom in settled.truth:
            unconfirmed = wanted.name == "verdict" and self._judged.reason == "corroboration"
            steps = prover.proven(atom, self._settled_view())
            root = self._rooted(prover, wanted, steps, "unknown" if unconfirmed else "proven")
            kind: Literal["open", "holds"] = "open" if unconfirmed else "holds"
            key = "why_not_possible" if unconfirmed else "why_not_holds"
            return WhyNot(asked=asked, kind=kind, says=phrases[key], proof=prover.proof((root,)))
        if atom and atom in settled.maybe:
            return WhyNot(
                asked=asked,
                kind="open",
                says=phrases["why_not_possible"],
                proof=self._possible(prover, wanted, settled.scenarios, atom) if settled.scenarios else None,
            )
        against: tuple[str, ...] = ()
        if atom:
            steps = prover.failed(atom, self._settled_view())
            proof = prover.proof(steps)
            against = tuple(proof.nodes[step].says for step in steps)
        # A result may have words of its own: a criterion may well apply, and yet not defeat the rule.
        change, never = (
            phrases.get(f"{key}_{wanted.name}", phrases[key]) for key in ("why_not_change", "why_not_never")
        )
        turn = self._turning.turn(wanted, "", change)
        if not turn.most:
            return WhyNot(asked=asked, kind="never", says=phrases["why_not_no_room"], against=against)
        if not turn.ways:
            return WhyNot(asked=asked, kind="never", says=never.format(count=turn.most), against=against)
        return WhyNot(asked=asked, kind="change", says=change, against=against, turn=turn)

    def _possible(self, prover: Prover, wanted: Reading, scenarios: Scenarios, atom: int) -> Proof:
        """The proof of what may hold, in the first scenario in which it does."""
        mask = scenarios.masks[atom]
        view = self._view(scenarios, (mask & -mask).bit_length() - 1)
        return prover.proof((self._rooted(prover, wanted, prover.proven(atom, view), "unknown"),))

    def _rooted(self, prover: Prover, wanted: Reading, steps: tuple[int, ...], status: Status) -> int:
        """One root over the steps of a conclusion: themselves when they are one, else the conclusion in words."""
        if len(steps) == 1:
            return steps[0]
        criterion = self._base.criteria.get(wanted.args[0])
        if criterion is None:
            return self._verdict(prover, wanted.args[0], status, steps)
        return prover.add(
            kind="criterion", status=status, says=f"{criterion.title}.", criterion=criterion.id,
            statement=criterion.statement, sources=self._citer.criterion(criterion.id), children=steps,
        )  # fmt: skip

    # Sensitivity

    def sensitivity(self, moving: Engine) -> Sensitivity:
        """Which weights change the verdict when one of them is moved by one step."""
        phrases = self._base.phrases
        undetermined = self._judged.verdict is Verdict.UNDETERMINED
        found = None if undetermined else moves(self._base, moving, self._judged.inputs)
        if found is None:
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
