"""The vocabulary as data: every sentence form, and every value of its slots."""

from __future__ import annotations

from collections.abc import Collection

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.vocabulary import Predicate, Template
from legit.model.assessment import FrozenModel


class SlotData(FrozenModel):
    """A slot of a sentence: its name, as it stands in braces in the forms, and its type."""

    name: str
    type: str


class SentenceData(FrozenModel):
    """The forms of what may be said: affirmed, denied, asked; `synonyms` are other ways to affirm it.

    `detail` is whether a quoted detail behind a colon is `required` or `optional`. `answerable_by` is the source of
    evidence that can know it.
    """

    id: str
    topic: str
    affirm: str
    deny: str
    ask: str
    synonyms: tuple[str, ...]
    slots: tuple[SlotData, ...]
    detail: str
    answerable_by: str


class ValueData(FrozenModel):
    """A value of a type: its phrase and the other phrases that are understood."""

    id: str
    phrase: str
    synonyms: tuple[str, ...]


class TypeData(FrozenModel):
    """A type of slots with its values; those of a `degree` are in ascending order."""

    id: str
    description: str
    degree: bool
    values: tuple[ValueData, ...]


class VocabularyData(FrozenModel):
    """The vocabulary of a base: topics with their titles, sentences, and types of their slots."""

    topics: dict[str, str]
    sentences: tuple[SentenceData, ...]
    types: tuple[TypeData, ...]


def vocabulary_data(base: KnowledgeBase, topics: Collection[str] = ()) -> VocabularyData:
    """The vocabulary of a base, all of it or some topics with the types that they use."""
    vocabulary = base.vocabulary
    shown = [item for item in vocabulary.predicates.values() if not topics or item.topic in topics]
    used = {argument.type for item in shown for argument in item.args}
    return VocabularyData(
        topics={name: title for name, title in vocabulary.topics.items() if not topics or name in topics},
        sentences=tuple(map(_sentence, shown)),
        types=tuple(
            TypeData(
                id=name,
                description=enum.description,
                degree=enum.degree,
                values=tuple(
                    ValueData(id=id_, phrase=value.phrase, synonyms=value.synonyms)
                    for id_, value in enum.values.items()
                ),
            )
            for name, enum in vocabulary.types.items()
            if name in used
        ),
    )


def _sentence(item: Predicate) -> SentenceData:
    names = tuple(f"{{{argument.name}}}" for argument in item.args)

    def written(template: Template) -> str:
        return template.format(names)

    return SentenceData(
        id=item.id,
        topic=item.topic,
        affirm=f"{written(item.affirmative_forms[0])}.",
        deny=f"{written(item.denial_form)}.",
        ask=f"{written(item.question_form)}?",
        synonyms=tuple(f"{written(form)}." for form in item.affirmative_forms[1:]),
        slots=tuple(SlotData(name=argument.name, type=argument.type) for argument in item.args),
        detail=item.spec.detail,
        answerable_by=item.spec.answerable_by.value,
    )
