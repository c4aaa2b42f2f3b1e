"""The words of questions, from `grammar/query.toml`: all that is said about decisions in a fixed form."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from legit.knowledge.toml_files import read_toml, shipped_folder

Phrases = dict[str, tuple[str, ...]]


class QueryWords(BaseModel):
    """The tables of `query.toml`; what each is for stands there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    plural: dict[str, str]
    short: dict[str, str]
    gaps: Phrases
    bounds: Phrases
    phrases: Phrases
    verdicts: Phrases
    verdict_verbs: Phrases
    speakers: Phrases
    things: Phrases
    names: Phrases
    dimensions: Phrases
    says: dict[str, str]
    verdict_says: dict[str, str]
    speaker_says: dict[str, str]
    notes: dict[str, str]
    forms: dict[str, str]
    offers: dict[str, str]
    offer_of_criterion: str
    offer_of_day: str
    elsewhere: dict[str, str]


@lru_cache(maxsize=1)
def query_words() -> QueryWords:
    """The shipped words. Raises KnowledgeBaseError when the installation is damaged."""
    return QueryWords.model_validate(read_toml(shipped_folder("grammar") / "query.toml", "grammar/query.toml"))
