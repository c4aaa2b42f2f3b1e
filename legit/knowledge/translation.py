"""A base in another language: the same base with other words.

The files of `languages/TAG/` mirror those of the base and hold nothing but words, by the names that the base gives to
what they say. `translate` lays them over a base. What they lack is said in English.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.glosses import parse_glosses
from legit.knowledge.languages import LanguageHead
from legit.knowledge.layers import LANGUAGES_FOLDER, Layers, base_digest
from legit.knowledge.routes import TEXT_FIELDS
from legit.knowledge.toml_files import parse_memo, read_text
from legit.knowledge.translation_files import (
    SENTENCES_FOLDER,
    LanguageFiles,
    TranslatedRules,
    TranslatedValue,
    as_table,
)
from legit.knowledge.vocabulary_translation import VocabularyTranslator

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase

MANIFEST_TABLES = (
    "families", "standards_of_review", "harm_levels", "scopes", "consequences", "specificities", "subtypes",
    "report_dimensions",
)  # fmt: skip
"""The tables of `base.toml` whose texts a language translates."""

_JUDGEMENT_TABLES = ("phrases", "glosses", "mandatory_questions", "mandatory_topics")

RulesT = TypeVar("RulesT", bound=Any)


@dataclasses.dataclass(frozen=True)
class Translation:
    """A base in one language: `base` speaks it, and `missing` are the phrases that it says in English (K802)."""

    tag: str
    head: LanguageHead
    base: KnowledgeBase
    missing: tuple[Problem, ...]


def translate(base: KnowledgeBase, tag: str) -> Translation:
    """The base in the language of a tag, which the base has.

    Raises KnowledgeBaseError with every problem: K101-K103 unreadable, K201 wrong shape, K203 a template that does not
    use its arguments, K803 a name that the base does not have.
    """
    files = {
        source: path for layer in base.layers for path, source in layer.files(f"{LANGUAGES_FOLDER}/{tag}/**/*.toml")
    }
    with parse_memo(base_digest(files, tag)):
        return _Translator(base, tag).run()


class _Translator(LanguageFiles):
    """Lays the words of one language over a base."""

    def run(self) -> Translation:
        base = self.base
        vocabulary = VocabularyTranslator(self).translated()
        translated = dataclasses.replace(
            base,
            vocabulary=vocabulary,
            bibliography=self._bibliography(),
            criteria=self._rules(base.criteria, "criteria.toml"),
            judgement_files=self._rules(base.judgement_files, "judgement.toml"),
            manifest=self._manifest(),
            routes=self._routes(),
            language=self.tag,
            untranslated=base,
        )
        if self.problems:
            raise KnowledgeBaseError(*self.problems)
        return Translation(self.tag, self.head, translated, tuple(self.missing))

    def _bibliography(self) -> Any:
        own = self.base.bibliography
        rights = dict(own.rights)
        for key, (table, source) in self.tables("rights.toml", rights).items():
            words = self.valid(TranslatedValue, as_table(table), key, source)
            if words:
                update = {"name": words.name or words.phrase, "phrase": words.phrase}
                rights[key] = rights[key].model_copy(update=update)
        places = dict(own.places.places)
        for key, (table, source) in self.tables("places.toml", places).items():
            words = self.valid(TranslatedValue, as_table(table), key, source)
            if words:
                places[key] = places[key].model_copy(update={"name": words.phrase})
        table = dataclasses.replace(own.places, places=places)
        return dataclasses.replace(own, rights=rights, places=table)

    def _rules(self, files: dict[str, RulesT], name: str) -> dict[str, RulesT]:
        tables = self.tables(name, files)
        made: dict[str, RulesT] = {}
        for key, item in files.items():
            table, source = tables.get(key, ({}, self.place(name)))
            words = self.valid(TranslatedRules, table, key, source)
            if words is None:
                continue
            update: dict[str, Any] = {}
            for field in ("title", "statement"):
                text = getattr(words, field)
                if not text:
                    self.lacks(f"the {field} of `{key}`", name)
                update[field] = text or getattr(item, field)
            for field in ("undercutters", *_JUDGEMENT_TABLES):
                known = getattr(item, field, None)
                if known is not None:
                    update[field] = self.texts(known, getattr(words, field), f"{key}.{field}", name, source)
                elif getattr(words, field):
                    self.problems.append(Problem("K803", f"`{key}` has no {field}", source=source))
            self.problems += parse_glosses(update["glosses"], source)[1]
            made[key] = item.model_copy(update=update)
        return made

    def _manifest(self) -> Any:
        own = self.base.manifest
        tables = self.tables("base.toml", dict.fromkeys(MANIFEST_TABLES))
        update = {}
        for name in MANIFEST_TABLES:
            table, source = tables.get(name, ({}, self.place("base.toml")))
            if not isinstance(table, dict):
                self.problems.append(Problem("K201", f"`{name}` should be a table", source=source))
                continue
            update[name] = self.texts(getattr(own, name), table, name, "base.toml", source)
        return own.model_copy(update=update)

    def _routes(self) -> Any:
        own = self.base.routes
        tables = self.tables("routes.toml", own)
        made = {}
        for key, route in own.items():
            table, source = tables.get(key, ({}, self.place("routes.toml")))
            known = {field: getattr(route, field) for field in TEXT_FIELDS if getattr(route, field)}
            made[key] = route.model_copy(update=self.texts(known, table, key, "routes.toml", source))
        return made


def translated_guide(base: KnowledgeBase) -> str:
    """The guide for language models in the language of a base; the English one of a layer that has no other."""
    return "\n".join(_guides(base.layers, base.language))


def _guides(layers: Layers, tag: str) -> Iterator[str]:
    for layer in layers:
        own = layer.files(f"{LANGUAGES_FOLDER}/{tag}/{SENTENCES_FOLDER}/guide.md")
        for path, source in own or layer.files("vocabulary/guide.md"):
            yield read_text(path, source)
