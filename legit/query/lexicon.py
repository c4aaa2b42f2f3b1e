"""The fixed phrases of queries, from `grammar/query.toml`."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from legit.knowledge.base_files import BaseFile
from legit.knowledge.toml_files import package_data_folder, read_toml

PhraseTable = dict[str, tuple[str, ...]]


class QueryLexicon(BaseModel):
    """The tables of `query.toml`, where each is described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    plural: dict[str, str]
    abbreviations: dict[str, str]
    wildcards: PhraseTable
    comparisons: PhraseTable
    phrases: PhraseTable
    verdicts: PhraseTable
    verdict_verbs: PhraseTable
    speakers: PhraseTable
    citing_kinds: PhraseTable
    name_forms: PhraseTable
    dimensions: PhraseTable
    paraphrases: dict[str, str]
    verdict_paraphrases: dict[str, str]
    speaker_paraphrases: dict[str, str]
    notes: dict[str, str]
    forms: dict[str, str]
    suggestions: dict[str, str]
    criterion_suggestion: str
    date_suggestion: str
    other_commands: dict[str, str]


@lru_cache(maxsize=1)
def query_lexicon() -> QueryLexicon:
    """The shipped lexicon. Raises KnowledgeBaseError when the installation is damaged."""
    place = "grammar/query.toml"
    file = BaseFile(package_data_folder("grammar") / "query.toml", place)
    return QueryLexicon.model_validate(read_toml(file, place))
