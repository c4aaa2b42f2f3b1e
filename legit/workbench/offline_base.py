"""A base as a script that decides cases in the browser: the compiled pass, and what encodes cases and reads results.

`frontend/src/offline/` has the code that uses it. The script sets `globalThis.legitBases[profile]`. It needs no module
loader, so that a page opened from a folder can load it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container
from typing import Any

from legit.engine.attested_harm import ATTESTATION_RESULT, OWN_WORD
from legit.engine.bitmask_compiler import PassPlan, pass_plan
from legit.engine.decided_case import EFFECT_ORDER
from legit.engine.decider import open_by_default
from legit.engine.engine import Engine
from legit.engine.exact_relations import measure_pairs
from legit.engine.ground_rule import Bounds
from legit.engine.javascript import pass_source
from legit.engine.law_inputs import LawInputs
from legit.judge import Judge
from legit.knowledge.in_force import CaseSetting
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.protocol import EARLIER, EXCEEDS
from legit.model.facts import SpeakerKind
from legit.workbench.answer_view import Href
from legit.workbench.offline_words import offline_words

DECISION_RESULTS = (
    "verdict", "defeat_scope", "consequence", "stance", "guidance", "method_harm_level", "harm_finding", "defeats",
    "tied", "outweighed", "applies", "requires_witnesses", ATTESTATION_RESULT,
)  # fmt: skip
"""The results from which a decision is read."""

_NAMED = Bounds.for_case(1, 1)
"""The script decides cases with as many names and dates as the smallest grounding with any of them holds."""


def offline_script(judge: Judge, href: Href = lambda _: "") -> str:
    """The script of a judge's base and profile; empty where one pass cannot decide its rules. `href` gives pages.

    The same base gives the same text. Raises KnowledgeBaseError (K501, K502, K509) when the rules cannot be grounded.
    """
    engine = judge.engines.within(_NAMED)
    plan = pass_plan(engine.program)
    if plan is None:
        return ""
    results = {atom: item for atom, item in engine.index.result_of_atom.items() if item.name in DECISION_RESULTS}
    data = {
        "base": judge.base.name,
        "digest": judge.base.digest,
        "profile": judge.base.profile.id,
        "results": {atom: [item.name, *item.args] for atom, item in sorted(results.items())},
        "fixed": [[name, *args] for name, args in engine.index.fixed_results if name in DECISION_RESULTS],
        **_inputs(engine, plan, results.keys()),
        **_choices(plan),
        **_encoding(judge, engine),
        **_reading(judge),
        "words": offline_words(judge, href),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    base = f"{{...{text},run,conditions}}"
    place = f"(globalThis.legitBases??={{}})[{json.dumps(judge.base.profile.id)}]"
    return f"(()=>{{\n{pass_source(plan, results)}{place}={base};\n}})();\n"


def _inputs(engine: Engine, plan: PassPlan, results: Container[int]) -> dict[str, Any]:
    """What each input makes true: the places of sources, the results, and the undercutters that need attestation and
    can rest on it. Inputs that do the same share a number."""
    attested = _attested(engine)
    numbers: dict[tuple[tuple[int, ...], ...], int] = {}
    inputs: dict[str, dict[str, int]] = defaultdict(dict)
    for atom in sorted(engine.program.input_atoms):
        symbol = engine.program.atom_texts[atom]
        closure = engine.index.closure(symbol)
        made = tuple(item for item in closure.results if item in results)
        bears = tuple(result for result, relevant in attested.items() if not closure.atoms.isdisjoint(relevant))
        key = (tuple(sorted(closure.read_positions)), made, bears)
        if any(key):
            name, _, arguments = symbol.partition("(")
            inputs[name][arguments[:-1]] = numbers.setdefault(key, len(numbers))
    return {"inputs": inputs, "effects": list(numbers), "sources": len(plan.sources)}


def _attested(engine: Engine) -> dict[int, frozenset[int]]:
    """The results that ask for attestation, each with the atoms on which its undercutter depends."""
    return {
        atom: engine.index.relevant_atoms("undercut", result.args)
        for atom, result in engine.index.result_of_atom.items()
        if result.name == ATTESTATION_RESULT
    }


def _choices(plan: PassPlan) -> dict[str, Any]:
    """The choices: their condition, and for each alternative the places of its heads among the sources."""
    places = {atom: number for number, atom in enumerate(plan.sources)}
    return {
        "choices": [
            [choice.condition, [[places[head] for head in heads] for heads in choice.alternatives]]
            for choice in plan.choices
        ]
    }


def _encoding(judge: Judge, engine: Engine) -> dict[str, Any]:
    """What turns facts into inputs; see `legit.engine.case_encoder`."""
    vocabulary, trust = judge.base.vocabulary, judge.base.profile.trust
    measures = [[band, first, second] for band, first, second in measure_pairs(vocabulary, sorted(MEASURES))]
    return {
        "names": engine.program.bounds.names,
        "dates": engine.program.bounds.dates,
        "predicates": {
            name: {
                "args": [argument.type for argument in predicate.args],
                **({"informational": True} if predicate.informational else {}),
                **({"functional": True} if predicate.spec.functional else {}),
                **({"excludes": predicate.spec.excludes} if predicate.spec.excludes else {}),
            }
            for name, predicate in vocabulary.predicates.items()
        },
        "bands": vocabulary.lexicon.bands,
        "comparable": measures,
        "relations": [EARLIER[0], EXCEEDS[0]],
        "untrusted": [kind.value for kind in SpeakerKind if trust(kind.value) <= 0],
        "openByDefault": open_by_default(engine.program, vocabulary),
        "law": _law(judge),
    }


def _law(judge: Judge) -> dict[str, Any] | None:
    """The inputs that hold in a case of each place and no dates, once for places alike."""
    rules = judge.base.manifest.in_force
    if rules is None:
        return None
    law = LawInputs(judge.base)
    kinds: dict[tuple[str, ...], int] = {}
    places = {
        name: kinds.setdefault(law.symbols_of(CaseSetting(name, {})), len(kinds))
        for name in sorted(judge.base.bibliography.places.places)
    }
    return {"place": rules.place_predicate, "date": rules.date_predicate, "places": places, "symbols": list(kinds)}


def _reading(judge: Judge) -> dict[str, Any]:
    """What reads a decision from results; see `legit.engine.decided_case`."""
    return {
        "ownWord": sorted(OWN_WORD),
        "caution": judge.base.caution_order,
        "criteria": [[name, int(bool(item.standard_of_review))] for name, item in judge.base.criteria.items()],
        "effectOrder": EFFECT_ORDER,
    }
