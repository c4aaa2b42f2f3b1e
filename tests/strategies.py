"""Random well-typed facts and cases of a vocabulary, free of contradictions."""

from __future__ import annotations

from hypothesis import strategies as st

from legit.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth, Value
from legit.knowledge.conformity import case_problems
from legit.knowledge.vocabulary import Predicate, Vocabulary

QUOTABLE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\0"), max_size=20).filter(
    str.strip
)
"""Any text that can be quoted: one line, with whatever marks and control characters."""


def values(vocabulary: Vocabulary, type_name: str) -> st.SearchStrategy[Value]:
    enumerated = vocabulary.values(type_name)
    if enumerated:
        return st.sampled_from(sorted(enumerated))
    if type_name in {"name", "text"}:
        return st.sampled_from(["the permit", "the form", "Parliament"]) if type_name == "name" else QUOTABLE
    if type_name == "date":
        return st.sampled_from(["2012", "2012-05", "2014-02-28"])
    return st.integers(0, 400) if type_name == "time" else st.integers(0, 60)


def facts(vocabulary: Vocabulary, predicate: Predicate) -> st.SearchStrategy[Fact]:
    detail = QUOTABLE if predicate.detail_required else st.none() | QUOTABLE
    references = st.none() | QUOTABLE
    speakers = st.builds(Speaker, kind=st.sampled_from(SpeakerKind), reference=references)
    return st.builds(
        Fact,
        predicate=st.just(predicate.id),
        args=st.tuples(*(values(vocabulary, argument.type) for argument in predicate.args)),
        truth=st.sampled_from([Truth.TRUE, Truth.TRUE, Truth.TRUE, Truth.FALSE, Truth.UNKNOWN]),
        speaker=st.sampled_from([Speaker(), Speaker(kind=SpeakerKind.INFERRED)]) | speakers,
        detail=detail,
    )


def cases(vocabulary: Vocabulary, size: int = 14) -> st.SearchStrategy[Case]:
    def build(items: list[Fact], opinions: list[str], name: str) -> Case:
        kept: list[Fact] = []
        for item in items:
            if not case_problems(vocabulary, Case(facts=(*kept, item))):
                kept.append(item)
        return Case(name=name, facts=tuple(kept), opinions=tuple(Opinion(text=text) for text in opinions))

    one = st.sampled_from(sorted(vocabulary.predicates.values(), key=lambda item: item.id)).flatmap(
        lambda predicate: facts(vocabulary, predicate)
    )
    return st.builds(build, st.lists(one, max_size=size), st.lists(QUOTABLE, max_size=2), QUOTABLE)
