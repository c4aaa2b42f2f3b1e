"""Harm of the method where what would set it aside is attested by nobody but the user or the fact author.

The rules of a base say which undercutters of a harm need attestation (`requires_attestation`). Rules do not see who
attests a fact. So the harm and what follows from it are derived again with the statements left open on which such an
undercutter can rest and which no other source attests. The verdict stays as it is: it may rest on the user's word.
"""

from __future__ import annotations

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import Consequences, Results
from legit.errors import DecisionTimeoutError
from legit.model.facts import SpeakerKind

ATTESTATION_RESULT = "requires_attestation"
_DERIVED_AGAIN = ("harm_finding", "method_harm_level", "guidance", "advice", ATTESTATION_RESULT)
OWN_WORD = frozenset({SpeakerKind.USER, SpeakerKind.INFERRED})
_TIME_LIMIT = 2.0
"""How long the second derivation may take, in seconds; then harm is derived without a verdict, within bounds."""


def attested_harm(engine: Engine, inputs: EncodedCase, derived: Consequences) -> tuple[Results, Results]:
    """The cautious and the brave results of a case, with the harm that is left on attested facts alone."""
    needed = derived.brave.get(ATTESTATION_RESULT, ())
    opened = _unattested(engine, inputs, needed) if needed else ()
    if not opened:
        return derived.cautious, derived.brave
    again = EncodedCase(
        true_inputs=[symbol for symbol in inputs.true_inputs if symbol not in opened],
        open_inputs=sorted({*inputs.open_inputs, *opened}),
        facts=inputs.facts, names=inputs.names, date_count=inputs.date_count, relations=inputs.relations,
        untrusted_kinds=inputs.untrusted_kinds,
    )  # fmt: skip
    try:
        found = engine.decide(again, _TIME_LIMIT)
    except DecisionTimeoutError:
        found = engine.method_harm.find(again)
    # What was possible is possible still: the statements may be true.
    cautious = {name: [args for args in derived.cautious.get(name, ()) if args in found.cautious.get(name, ())]
                for name in _DERIVED_AGAIN}  # fmt: skip
    brave = {name: list(dict.fromkeys([*found.brave.get(name, ()), *derived.brave.get(name, ())]))
             for name in _DERIVED_AGAIN}  # fmt: skip
    return {**derived.cautious, **cautious}, {**derived.brave, **brave}


def _unattested(engine: Engine, inputs: EncodedCase, needed: list[tuple[str, ...]]) -> frozenset[str]:
    """The stated inputs on which one of the undercutters can rest, and which only the user or nobody attests."""
    relevant = frozenset().union(*(engine.index.relevant_atoms("undercut", args) for args in needed))
    return frozenset(
        symbol
        for symbol, said in inputs.facts.items()
        if symbol not in inputs.open_inputs
        and all(fact.speaker.kind in OWN_WORD for fact in said)
        and engine.index.feeds_any(symbol, relevant)
    )
