"""Questions put on the spot: about criteria, verdicts, results or facts, two of them at most."""

from __future__ import annotations

from legit.assurance.verify import PropertyResult, Verifier
from legit.catalogue.entries import Entries
from legit.engine.case_encoder import CaseEncoder
from legit.errors import CaseError, Problem
from legit.knowledge.properties import Property
from legit.messages import message
from legit.model.assessment import Verdict
from legit.model.facts import Truth

_OFFERED = 5
ADHOC_PROPERTIES = {
    "always-implies": ("found :- {0}, not {1}.",),
    "never-applies": ("found :- {0}.",),
    "equivalent": ("found :- {0}, not {1}.", "found :- {1}, not {0}."),
    "conflict": ("found :- {0}, {1}.",),
}
"""For each kind of question: the rules that find a case against it, with a place for each argument."""


def arity(kind: str) -> int:
    """How many things a kind of question is about."""
    return 2 if "{1}" in ADHOC_PROPERTIES[kind][0] else 1


def check_adhoc(verifier: Verifier, kind: str, operands: list[str], limit: float) -> PropertyResult:
    """The answer to a question on the spot; `holds` is true when there is no case against it. Each argument is a
    criterion by its id or title (that it applies), a verdict, a result as the base writes it
    (`method_harm_level(stop)`), or a sentence. Raises CaseError (C302) for anything else and for a title that several
    have, LanguageError for a sentence that is not understood.
    """
    entries = Entries(verifier.judge.base)
    named = [_resolve_operand(verifier, entries, text) for text in operands]
    name = kind.replace("-", "_")
    question = message(f"assurance.adhoc_{name}", first=named[0][0], second=named[-1][0])
    atoms = [atom for _, atom in named]
    # An argument may be a denial; the denial of the argument is then its affirmed form.
    lines = [f"thing{number} :- {atom}." for number, atom in enumerate(atoms)]
    lines += [rule.format(*(f"thing{number}" for number in range(len(atoms)))) for rule in ADHOC_PROPERTIES[kind]]
    item = Property(
        id=name, title=kind, statement=question, question=question,
        rule_text="\n".join(lines) + "\n", path="the question",
    )  # fmt: skip
    return verifier.check(item, limit)


def _resolve_operand(verifier: Verifier, entries: Entries, text: str) -> tuple[str, str]:
    """The name of an argument for people (the full title if a part of it was given), and its name in the program."""
    judge, atoms = verifier.judge, verifier.program.atoms
    if text in judge.base.criteria:
        return text, f"applies({text})"
    if text in {item.value for item in Verdict if item is not Verdict.UNDETERMINED}:
        return text, f"verdict({text})"
    squeezed = text.replace(" ", "")
    if squeezed in atoms:
        return text, squeezed
    found = entries.lookup_kind(text, ("criterion",))
    if len(found) == 1:
        return found[0].title, f"applies({found[0].id})"
    if found:
        several = tuple(entry.id for entry in found[:_OFFERED])
        raise CaseError(Problem("C302", f"`{text}` may be one of several criteria", nearest=several))
    close = tuple(entries.suggest(text, ("criterion",)))
    if " " in text.strip() and (text.strip().endswith(".") or not close):
        case = judge.parse_case(text)
        inputs = CaseEncoder(judge.base).encode(case)
        if len(case.facts) == 1 and len(inputs.facts) == 1:
            (symbol,) = inputs.facts
            if symbol in atoms and case.facts[0].truth is not Truth.UNKNOWN:
                return text, symbol if case.facts[0].truth is Truth.TRUE else f"not {symbol}"
    raise CaseError(
        Problem(
            "C302", f"`{text}` is no criterion, verdict, result or single sentence that bears on a verdict",
            nearest=close, help="see `legit kb list` and `legit vocabulary`",
        )
    )  # fmt: skip
