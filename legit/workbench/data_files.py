"""The scripts with the data of a base that the pages of the workbench read: words, forms, examples and precedents."""

from __future__ import annotations

import json
from typing import Any, get_args

from legit.assurance.examples import applies
from legit.catalogue.citation_graph import build_citation_graph
from legit.catalogue.precedents import load_precedents
from legit.judge import Judge
from legit.messages import catalogue, language
from legit.model.assessment import Assessment, Effect
from legit.render.phrases import effect_name
from legit.site.verdicts import CaseVerdicts, JudgedCase
from legit.workbench.answer_view import Href
from legit.workbench.views import offered_packs


def settings_script(judge: Judge, href: Href, *, service: bool, log: bool = False) -> str:
    """The texts and settings of the pages: `globalThis.legitWorkbench`. `service` tells whether one answers them, `log`
    whether it has a decision log."""
    base = judge.base
    return _script(
        "legitWorkbench",
        {
            "service": service,
            "log": log,
            "language": language(),
            "words": catalogue(language(), "workbench"),
            "effects": {effect: effect_name(effect) for effect in get_args(Effect)},
            "profile": base.profile.id,
            "profiles": [
                {"id": name, "title": base.with_profile(name).profile.title or name} for name in base.profile_ids
            ],
            "packs": offered_packs(base) if service else [],
            "criteria": [[name, item.title] for name, item in base.criteria.items()],
            "verdicts": ["stands", "defeated", "contested", "undetermined"],
            "forms": _forms(judge, href),
        },
    )


def cases_script(judge: Judge, verdicts: CaseVerdicts, href: Href) -> str:
    """The examples of criteria and the precedents with their reasons and rights: `globalThis.legitCases`."""
    base = judge.base
    found = []
    for name, criterion in base.criteria.items():
        judged = [*verdicts.examples.get(name, ()), *verdicts.counterexamples.get(name, ())]
        found += [
            _case(judge, "example", criterion.title, item.why, item, href(("criterion", name))) for item in judged
        ]
    for precedent in load_precedents(base.layers):
        own = verdicts.precedents[precedent.id]
        page = href(("precedent", precedent.id))
        found.append(_case(judge, "precedent", precedent.title, precedent.citation, own, page))
    return _script("legitCases", found)


def _case(judge: Judge, kind: str, title: str, note: str, judged: JudgedCase, href: str) -> dict[str, Any]:
    assessment = judged.assessment
    return {
        "kind": kind,
        "title": title,
        "note": note,
        "text": judged.text.strip(),
        "facts": _facts(judge, judged),
        "href": href,
        "verdict": assessment.verdict.value if assessment else "",
        "criteria": _reasons(judge, assessment) if assessment else [],
        "rights": [item.right for item in assessment.rights_touched] if assessment else [],
    }


def _facts(judge: Judge, judged: JudgedCase) -> list[list[Any]]:
    """The facts of a case as a shared link has them."""
    if judged.assessment is None:
        return []
    return [
        [fact.predicate, fact.args, fact.truth.value, fact.speaker.kind.value, fact.speaker.reference or "",
         fact.detail or ""]
        for fact in judge.parse_case(judged.text).facts
    ]  # fmt: skip


def _reasons(judge: Judge, assessment: Assessment) -> list[str]:
    certain = [item.criterion for item in assessment.findings if item.effect != "possible"]
    return [name for name in certain if applies(assessment, name)]


def _forms(judge: Judge, href: Href) -> dict[str, Any]:
    """What each sentence form says, and which criteria read it."""
    base = judge.base
    graph = build_citation_graph(base, list(base.criteria))
    reading: dict[str, list[str]] = {}
    for edge in graph.edges:
        start, end = graph.nodes[edge.start], graph.nodes[edge.end]
        if (start.kind, end.kind) == ("criterion", "sentence"):
            reading.setdefault(end.id, []).append(start.id)
    forms: dict[str, Any] = {}
    for name, item in base.vocabulary.predicates.items():
        names = tuple(f"<{argument.name}>" for argument in item.args)
        forms[name] = {
            "title": f"{item.placeholder_sentence()}.",
            "topic": base.vocabulary.topics[item.topic],
            "synonyms": [f"{form.format(names)}." for form in item.affirmative_forms[1:4]],
            "href": href(("sentence", name)),
            "criteria": [
                [base.criteria[reader].title, href(("criterion", reader))] for reader in reading.get(name, ())
            ],
        }
    return forms


def _script(name: str, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"globalThis.{name}={text};\n"
