"""The files of one language of a base: their shapes, and reading them with every problem collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.languages import language_heads
from legit.knowledge.layers import LANGUAGES_FOLDER
from legit.knowledge.toml_files import read_toml, validation_problems

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase

SENTENCES_FOLDER = "vocabulary"
_MISSING, _UNKNOWN = "K802", "K803"

ModelT = TypeVar("ModelT", bound=BaseModel)


class TranslatedValue(BaseModel):
    """The words for one value. In a file a text stands for the phrase alone, a list for the phrase and synonyms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phrase: str = Field(min_length=1)
    name: str = ""
    synonyms: tuple[str, ...] = ()
    forms: dict[str, str | tuple[str, ...]] = {}


class TranslatedSentence(BaseModel):
    """The sentences of one predicate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    affirm: str = Field(min_length=1)
    deny: str = Field(min_length=1)
    ask: str = Field(min_length=1)
    unknown: str = ""
    synonyms: tuple[str, ...] = ()
    prompt_form: str = ""


class TranslatedType(BaseModel):
    """The words for a type and its values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    values: dict[str, TranslatedValue] = {}


class TranslatedRules(BaseModel):
    """The texts in the header of a file of rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    statement: str = ""
    undercutters: dict[str, str] = {}
    phrases: dict[str, str] = {}
    glosses: dict[str, str] = {}
    mandatory_questions: dict[str, str] = {}
    mandatory_topics: dict[str, str] = {}


class LanguageFiles:
    """The files of one language over a base. Collects what is wrong (`problems`) and what is missing (`missing`)."""

    def __init__(self, base: KnowledgeBase, tag: str) -> None:
        self.base = base
        self.tag = tag
        self.head = language_heads(base.layers)[tag]
        self.problems: list[Problem] = []
        self.missing: list[Problem] = []

    def place(self, name: str) -> str:
        """A file of the language as messages show it."""
        return f"{self.base.layers[0].display_name}/{LANGUAGES_FOLDER}/{self.tag}/{name}"

    def lacks(self, what: str, name: str) -> None:
        """Note that a phrase is missing in a file."""
        message = f"{self.head.english_name} has no words for {what}"
        self.missing.append(Problem(_MISSING, message, source=self.place(name)))

    def tables(self, name: str, known: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
        """The tables of a file in all layers, each with its place; those whose name is not known are problems.

        A layer may add words to a table of a layer below it, and may not replace any.
        """
        found: dict[str, tuple[Any, str]] = {}
        for layer in self.base.layers:
            for path, source in layer.files(f"{LANGUAGES_FOLDER}/{self.tag}/{name}"):
                for key, table in read_toml(path, source).items():
                    whole = joined(found[key][0], table) if key in found else table
                    if whole is None:
                        self.problems.append(Problem("K204", f"`{key[:40]}` is translated twice", source=source))
                    elif key not in known:
                        self.unknown(f"`{key[:40]}`", key, known, source)
                    else:
                        found[key] = whole, source
        return found

    def valid(self, model: type[ModelT], table: Any, name: str, source: str) -> ModelT | None:
        """A table as a model; None where it has another shape, which is a problem."""
        try:
            return model.model_validate(table)
        except ValidationError as error:
            self.problems.extend(validation_problems(error, model, source, name))
            return None

    def texts(
        self, known: Mapping[str, str], own: Mapping[str, str], where: str, name: str, source: str
    ) -> dict[str, str]:
        """Texts by name: each in the language where it has one. Names that the base does not have are problems."""
        for key in own.keys() - known.keys():
            message = f"`{where}` has `{key[:40]}`, and the base does not"
            self.problems.append(Problem(_UNKNOWN, message, source=source, nearest=suggest(key, known)))
        for key, text in known.items():
            if text and not own.get(key):
                self.lacks(f"`{where}`, `{key}`", name)
        return {key: own.get(key) or text for key, text in known.items()}

    def unknown(self, what: str, key: str, known: Mapping[str, Any], source: str) -> None:
        """Note words for something that the base does not have."""
        message = f"{what} is translated, and the base does not have it"
        self.problems.append(Problem(_UNKNOWN, message, source=source, nearest=suggest(key, known)))


def joined(one: Any, other: Any) -> dict[str, Any] | None:
    """Two tables and the tables in them as one; None where they are no tables, or both have a word for the same."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return None
    whole = dict(one)
    for key, value in other.items():
        whole[key] = joined(whole[key], value) if key in whole else value
    return None if None in whole.values() else whole


def as_table(words: Any) -> Any:
    """The words of a value as a table: a text is its phrase, of a list the first is."""
    if isinstance(words, str):
        return {"phrase": words}
    if isinstance(words, list) and words:
        return {"phrase": words[0], "synonyms": words[1:]}
    return words


def expanded(table: Any) -> Any:
    """The table of a type with each of its values as a table."""
    if isinstance(table, dict) and isinstance(table.get("values"), dict):
        return {**table, "values": {key: as_table(words) for key, words in table["values"].items()}}
    return table
