"""The vocabulary of a base with the words of another language."""

from __future__ import annotations

from typing import Any

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.layers import LANGUAGES_FOLDER
from legit.knowledge.lexicon import Lexicon, has_content_words, lexicon_of
from legit.knowledge.places import PLACE_TYPE
from legit.knowledge.toml_files import read_toml
from legit.knowledge.translation_files import (
    SENTENCES_FOLDER,
    LanguageFiles,
    TranslatedSentence,
    TranslatedType,
    expanded,
)
from legit.knowledge.vocabulary import EnumType, Predicate, Vocabulary
from legit.knowledge.vocabulary_loader import build_predicate


class VocabularyTranslator:
    """Lays the words of one language over the vocabulary of a base. Problems go to `files`."""

    def __init__(self, files: LanguageFiles) -> None:
        self.files = files

    def translated(self) -> Vocabulary:
        """The vocabulary of the base with the words of the language."""
        own = self.files.base.vocabulary
        lexicon = self._lexicon()
        types = self._types(lexicon)
        sentences, topics = self._sentences()
        predicates: dict[str, Predicate] = {}
        for name, predicate in own.predicates.items():
            table, source = sentences.get(name, (None, ""))
            if table is None:
                self.files.lacks(f"the sentence `{name}`", f"{SENTENCES_FOLDER}/{predicate.topic}.toml")
                spec, source = predicate.spec, predicate.path
            else:
                spec = predicate.spec.model_copy(update=table.model_dump())
            made, problems = build_predicate(name, predicate.topic, spec, types, source, lexicon)
            self.files.problems += problems
            if made:
                predicates[name] = made
                self._check_forms(made, types)
        return Vocabulary(types, predicates, topics, lexicon, own.defined_at)

    def _lexicon(self) -> Lexicon:
        own = self.files.base.vocabulary.lexicon
        first = self.files.base.layers[0]
        for path, source in first.files(f"{LANGUAGES_FOLDER}/{self.files.tag}/{SENTENCES_FOLDER}/lexicon.toml"):
            try:
                return lexicon_of({**read_toml(path, source), "bands": own.bands}, source)
            except KnowledgeBaseError as error:
                self.files.problems += error.problems
        self.files.lacks("the words around the sentences", f"{SENTENCES_FOLDER}/lexicon.toml")
        return own

    def _types(self, lexicon: Lexicon) -> dict[str, EnumType]:
        own = self.files.base.vocabulary.types
        tables: dict[str, list[tuple[Any, str]]] = {}
        for layer in self.files.base.layers:
            for path, source in layer.files(f"{LANGUAGES_FOLDER}/{self.files.tag}/{SENTENCES_FOLDER}/types.toml"):
                for name, table in read_toml(path, source).items():
                    if name not in own:
                        self.files.unknown(f"type `{name[:40]}`", name, own, source)
                    else:
                        tables.setdefault(name, []).append((table, source))
        for name, file in (("right", "rights.toml"), (PLACE_TYPE, "places.toml")):
            known = {self._value_key(name, value): value for value in own[name].values}
            found = self.files.tables(file, known)
            values = {known[key]: table for key, (table, _) in found.items()}
            tables.setdefault(name, []).append(({"values": values}, self.files.place(file)))
        return {name: self._type(name, enum, tables.get(name, []), lexicon) for name, enum in own.items()}

    @staticmethod
    def _value_key(type_name: str, value: str) -> str:
        """The name of a value in the file of its type: rights have capital letters there, as in the catalogue."""
        return value.upper() if type_name == "right" else value

    def _type(self, name: str, enum: EnumType, tables: list[tuple[Any, str]], lexicon: Lexicon) -> EnumType:
        values = dict(enum.values)
        description, translated = "", set[str]()
        for table, source in tables:
            made = self.files.valid(TranslatedType, expanded(table), name, source)
            if made is None:
                continue
            description = made.description or description
            for key, words in made.values.items():
                if key not in values:
                    self.files.unknown(f"value `{key[:40]}` of `{name}`", key, enum.values, source)
                    continue
                found = values[key].model_copy(
                    update={"phrase": words.phrase, "synonyms": words.synonyms, "forms": words.forms}
                )
                if not all(has_content_words(text, lexicon) for text in found.readings):
                    message = f"value `{key}` of `{name}` has a phrase without a word"
                    self.files.problems.append(Problem("K201", message, source=source))
                values[key] = found
                translated.add(key)
        file = {"right": "rights.toml", PLACE_TYPE: "places.toml"}.get(name, f"{SENTENCES_FOLDER}/types.toml")
        for key in values:
            if key not in translated:
                self.files.lacks(f"`{self._value_key(name, key)}` of `{name}`", file)
        if not description and name not in {"right", PLACE_TYPE}:
            self.files.lacks(f"the description of `{name}`", file)
        return enum.model_copy(update={"values": values, "description": description or enum.description})

    def _sentences(self) -> tuple[dict[str, tuple[TranslatedSentence | None, str]], dict[str, str]]:
        """The sentences of all layers by predicate, each with its place, and the titles of the topics."""
        own = self.files.base.vocabulary
        found: dict[str, tuple[TranslatedSentence | None, str]] = {}
        topics = dict(own.topics)
        titled = set[str]()
        for layer in self.files.base.layers:
            for path, source in layer.files(f"{LANGUAGES_FOLDER}/{self.files.tag}/{SENTENCES_FOLDER}/*.toml"):
                if path.name in {"lexicon.toml", "types.toml"}:
                    continue
                tables = read_toml(path, source)
                topic, title = str(tables.pop("topic", path.stem)), tables.pop("title", None)
                if title is not None and topic in topics:
                    topics[topic] = str(title)
                    titled.add(topic)
                for name, table in tables.items():
                    if name not in own.predicates:
                        self.files.unknown(f"sentence `{name[:40]}`", name, own.predicates, source)
                        continue
                    found[name] = self.files.valid(TranslatedSentence, table, name, source), source
        for topic in topics.keys() - titled:
            self.files.lacks(f"the title of topic `{topic}`", f"{SENTENCES_FOLDER}/{topic}.toml")
        return found, topics

    def _check_forms(self, predicate: Predicate, types: dict[str, EnumType]) -> None:
        """K802 for each value that lacks the form that a slot of a written sentence asks for."""
        written = [predicate.affirmative_forms[0], predicate.denial_form, predicate.question_form]
        written += [form for form in (predicate.unknown_form, predicate.prompt_form) if form]
        asked = {
            (argument.type, form)
            for template in written
            for argument, form in zip(predicate.args, template.forms, strict=False)
            if form and argument.type in types
        }
        for type_name, form in sorted(asked):
            for key, value in types[type_name].values.items():
                if form not in value.forms:
                    self.files.lacks(f"form `{form}` of `{key}` of `{type_name}`", f"{SENTENCES_FOLDER}/types.toml")
