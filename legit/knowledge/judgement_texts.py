"""The texts in the headers of the rule files, as tables of the whole base: phrases, glosses, questions, orders."""

from __future__ import annotations

from functools import cached_property

from legit.knowledge.criteria import Criterion, JudgementFile
from legit.knowledge.glosses import GlossTemplate, parse_glosses


class _PhraseTable(dict[str, str]):
    """Phrases by id. A phrase that the base does not have reads as its id, so that every answer can be given."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


class JudgementTexts:
    """Look-ups over the headers of a base's rule files. `KnowledgeBase` holds the files."""

    judgement_files: dict[str, JudgementFile]
    criteria: dict[str, Criterion]

    @cached_property
    def rule_files(self) -> tuple[JudgementFile | Criterion, ...]:
        """The judgement files, then the criteria."""
        return (*self.judgement_files.values(), *self.criteria.values())

    @cached_property
    def phrases(self) -> dict[str, str]:
        """The phrases of the judgement files, by id; a phrase that is missing reads as its id."""
        return _PhraseTable((key, text) for file in self.judgement_files.values() for key, text in file.phrases.items())

    @cached_property
    def caution_order(self) -> dict[str, tuple[str, ...]]:
        """For each result that may stay open: its values, the most cautious first."""
        return {key: order for file in self.judgement_files.values() for key, order in file.caution_order.items()}

    @cached_property
    def mandatory_topics(self) -> dict[str, str]:
        """The subject of each mandatory topic."""
        return {key: text for file in self.judgement_files.values() for key, text in file.mandatory_topics.items()}

    @cached_property
    def counterfactual_goals(self) -> dict[str, tuple[str, ...]]:
        """For each verdict, the outcomes whose counterfactuals an explanation searches, each with its actor."""
        return {
            key: entries for file in self.judgement_files.values() for key, entries in file.counterfactual_goals.items()
        }

    @cached_property
    def glosses(self) -> dict[str, GlossTemplate]:
        """The glosses of derived predicates, by predicate."""
        return {
            name: gloss for file in self.rule_files for name, gloss in parse_glosses(file.glosses, file.path)[0].items()
        }

    @cached_property
    def mandatory_questions(self) -> dict[str, str]:
        """The question of each mandatory topic."""
        return {key: text for file in self.judgement_files.values() for key, text in file.mandatory_questions.items()}

    @cached_property
    def advice_evidence(self) -> dict[str, tuple[str, ...]]:
        """For each advice, the predicates whose facts are its evidence."""
        return {key: names for file in self.judgement_files.values() for key, names in file.advice_evidence.items()}

    @cached_property
    def balance_measures(self) -> dict[str, str]:
        """The measures of the weighing, in the order in which an answer shows them, each with its predicate."""
        return {key: name for file in self.judgement_files.values() for key, name in file.balance_measures.items()}
