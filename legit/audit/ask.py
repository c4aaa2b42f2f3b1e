"""Questions put on the spot: about criteria, verdicts, results or facts, two of them at most."""

from __future__ import annotations

import difflib

from legit.assessment import Verdict
from legit.audit.properties import Property
from legit.audit.verify import Answer, Verifier
from legit.engine.inputs import Encoder
from legit.errors import CaseError, Problem
from legit.facts import Truth

KINDS = {
    "always-implies": ("does `{0}` never hold without `{1}`?", ("found :- {0}, not {1}.",)),
    "never-applies": ("does `{0}` hold in no case?", ("found :- {0}.",)),
    "equivalent": (
        "do `{0}` and `{1}` hold in the same cases?",
        ("found :- {0}, not {1}.", "found :- {1}, not {0}."),
    ),
    "conflict": ("do `{0}` and `{1}` never hold together?", ("found :- {0}, {1}.",)),
}
"""Each kind of question with its words and the rules that find a case against it; so many places, so many things."""

AGAINST = {
    "always-implies": "`{0}` without `{1}`",
    "never-applies": "`{0}`",
    "equivalent": "one of `{0}` and `{1}` without the other",
    "conflict": "`{0}` together with `{1}`",
}
"""What a case is of that shows the answer to be no."""


def things(kind: str) -> int:
    """How many things a kind of question is about."""
    return 2 if "{1}" in KINDS[kind][0] else 1


def ask(verifier: Verifier, kind: str, about: list[str], limit: float) -> Answer:
    """The answer to a question on the spot; it `holds` where it is yes.

    Each thing asked about is a criterion by its id or title (that it applies), a verdict, a result as the base writes
    it (`harm(stop)`), or a sentence. Raises CaseError (C302) for anything else, LanguageError for a sentence that is
    not understood.
    """
    words, rules = KINDS[kind]
    atoms = [_atom(verifier, text) for text in about]
    # A thing may itself be a denial; its denial is then the thing without it.
    lines = [f"thing{number} :- {atom}." for number, atom in enumerate(atoms)]
    lines += [rule.format(*(f"thing{number}" for number in range(len(atoms)))) for rule in rules]
    item = Property(
        id=kind.replace("-", "_"), title=kind, statement=words.format(*about), question=words.format(*about),
        rules="\n".join(lines) + "\n", path="the question",
    )  # fmt: skip
    return verifier.answer(item, limit)


def _atom(verifier: Verifier, text: str) -> str:
    """What a thing is called in the program."""
    judge, atoms = verifier.judge, verifier.program.atoms
    titled = [item.id for item in judge.base.criteria.values() if item.title.casefold() == text.strip().casefold()]
    if text in judge.base.criteria or len(titled) == 1:
        return f"applies({text if text in judge.base.criteria else titled[0]})"
    if text in {item.value for item in Verdict if item is not Verdict.UNDETERMINED}:
        return f"verdict({text})"
    squeezed = text.replace(" ", "")
    if squeezed in atoms:
        return squeezed
    if " " in text.strip():
        case = judge.read_one(text)
        inputs = Encoder(judge.base).encode(case)
        if len(case.facts) == 1 and len(inputs.facts) == 1:
            (symbol,) = inputs.facts
            if symbol in atoms and case.facts[0].truth is not Truth.UNKNOWN:
                return symbol if case.facts[0].truth is Truth.TRUE else f"not {symbol}"
    close = difflib.get_close_matches(text, judge.base.criteria, n=3, cutoff=0.4)
    raise CaseError(
        Problem(
            "C302", f"`{text}` is no criterion, verdict, result or single sentence that bears on a verdict",
            nearest=tuple(close), help="see `legit kb list` and `legit vocabulary`",
        )
    )  # fmt: skip
