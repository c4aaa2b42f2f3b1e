"""The grammar of queries: the grammar of cases, `query.lark`, and every name of one knowledge base."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from os.path import commonprefix

from legit.decision_log.filter_values import guidance_actions
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.toml_files import package_data_folder
from legit.knowledge.vocabulary import BUILT_IN_TYPES
from legit.language.grammar import Grammar, SentenceForm, WordSeq
from legit.model.assessment import Verdict
from legit.model.facts import SpeakerKind, Truth
from legit.query.lexicon import query_lexicon

_TERMINAL = re.compile(r"\b[A-Z][A-Z_]+\b")
_COMMENT = re.compile(r"//.*")
NAME_PREFIX = "N_"
"""The prefixes of the terminals of names; those of the vocabulary's values begin with `V_`."""


class QueryGrammar(Grammar):
    """The grammar of queries about cases of one knowledge base.

    The token of a name has the words of the name as its value; `name_ids` has the ids of these words by terminal.
    """

    start_rules = ("question",)

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self.name_ids: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.slot_labels: dict[WordSeq, set[str]] = defaultdict(set)
        self._source_ids: dict[str, str] = {}
        self.wildcard_phrases: list[tuple[WordSeq, str]] = []
        self.comparison_phrases: list[tuple[WordSeq, str]] = []
        super().__init__(base.vocabulary)

    def _extra_rules(self) -> str:
        words, phrase = query_lexicon(), self.normaliser.normalise
        for name, texts in words.phrases.items():
            for text in texts:
                self._add_phrase(phrase(text), name.upper(), "")
        self.wildcard_phrases = [(phrase(text), kind) for kind, texts in words.wildcards.items() for text in texts]
        self.comparison_phrases = [(phrase(text), sign) for sign, texts in words.comparisons.items() for text in texts]
        named = ((terminal, value, phrase(text)) for terminal, value, text in self._name_forms())
        for terminal, value, key in itertools.chain(named, self._pinpoint_forms()):
            if key:
                self.name_ids[terminal][" ".join(key)].add(value)
                self._add_phrase(key, terminal, " ".join(key))
        self._add_slot_labels()
        self._add_subjectless_phrases()
        makers = list(self._authority_alternatives())
        text = (package_data_folder("grammar") / "query.lark").read_text(encoding="utf-8")
        rules = _COMMENT.sub("", text)
        short = " ".join(dict.fromkeys(maker.split()[0] for maker in makers))
        fresh = sorted(set(_TERMINAL.findall(rules)) - {"STOP", "COLON", "DENY", "UNKNOWN", "DATE"})
        return f"\n{text}\n%declare {' '.join(fresh)} NEVER {short}\nmaker: {' | '.join(makers) or 'NEVER'}\n"

    def _alternatives(self) -> list[str]:
        """The alternatives of cases, and each question form: "In which cases does the rule reach into …?"."""
        alternatives = super()._alternatives()
        known = {line.partition(" -> ")[0] for line in alternatives}
        for predicate in self.vocabulary.predicates.values():
            symbols, order = self._symbols(predicate, predicate.question_form)
            if " ".join(symbols) not in known:
                known.add(" ".join(symbols))
                alias = f"s_{len(self.sentence_forms)}"
                self.sentence_forms[alias] = SentenceForm(predicate, predicate.question_form, Truth.TRUE, order)
                alternatives.append(f"{' '.join(symbols)} -> {alias}")
        return alternatives

    def _name_forms(self) -> Iterator[tuple[str, str, str]]:
        """Every name as (terminal, id, text)."""
        base, words = self.base, query_lexicon()
        for verdict in Verdict:
            for text in (verdict.value, *words.verdicts.get(verdict.value, ())):
                yield "N_VERDICT", verdict.value, text
                yield "SORT", verdict.value, text
            for text in words.verdict_verbs.get(verdict.value, ()):
                yield "VERB", verdict.value, text
        for action in guidance_actions(base):
            yield "N_ACTION", action, action.replace("_", " ")
        for level in ("none", *base.manifest.harm_levels):
            yield "N_LEVEL", level, level.replace("_", " ")
        for kind in SpeakerKind:
            known = base.vocabulary.lexicon.phrases[f"speaker_{kind.value}"]
            for form in words.speakers["forms"]:
                for text in (*known, *words.speakers.get(kind.value, ())):
                    yield "N_SPEAKER", kind.value, form.format(text)
        for family in base.manifest.families:
            for form in words.name_forms["family"]:
                yield "N_FAMILY", family, form.format(family.replace("_", " "))
            for form in words.name_forms["families"]:
                yield "FAMILIES", family, form.format(family.replace("_", " "))
        for thing, texts in words.citing_kinds.items():
            for text in texts:
                yield "THING", thing, text
        for criterion in base.criteria.values():
            for form in words.name_forms["criterion"]:
                for text in (criterion.id.replace("_", " "), criterion.title):
                    yield "N_CRITERION", criterion.id, form.format(text)
        for name, right in base.bibliography.rights.items():
            for form in words.name_forms["right"]:
                for text in (name, right.name, right.phrase):
                    yield "N_RIGHT", name, form.format(text)
        for name, texts in words.dimensions.items():
            for text in texts:
                yield "DIMENSION", name, text
        for predicate in base.vocabulary.predicates:
            yield "DIMENSION", f"said {predicate}", predicate.replace("_", " ")
            yield "SENTENCE_ID", predicate, predicate.replace("_", " ")

    def _pinpoint_forms(self) -> Iterator[tuple[str, str, WordSeq]]:
        """Every pinpoint under each prefix of its name: `ICCPR 19` stands for `ICCPR 19(3)` too."""
        phrase, library = self.normaliser.normalise, self.base.bibliography
        shortened: dict[str, list[str]] = defaultdict(list)
        for text, source_id in library.title_prefixes().items():
            shortened[source_id].append(text)
        for source_id, source in library.sources.items():
            texts = (source.short_title, source_id.replace("_", " "), source.title, *shortened[source_id])
            names = dict.fromkeys(map(phrase, texts))
            for locus in ("", *source.pinpoints):
                rest = phrase(locus)
                for citation in library.resolve(f"{source_id} {locus}".rstrip()):
                    self._source_ids[citation.text] = source_id
                    for name in names:
                        for end in range(len(rest) + 1):
                            yield "N_SOURCE", citation.text, (*name, *rest[:end])
                    yield "N_SOURCE", citation.text, phrase(citation.text)

    def display_name(self, terminal: str, words: str) -> str:
        """A name as written, from its normalised words."""
        ids = self.name_ids[terminal].get(words, {words})
        if terminal == "N_SOURCE":
            title = next((self.base.bibliography.sources[name].title for name in self.source_ids_of(words)), "")
            return (
                title
                if ids == self.name_ids[terminal].get(" ".join(self.normaliser.normalise(title)))
                else self.name_of_pinpoints(ids)
            )
        return self.base.criteria[min(ids)].title if terminal == "N_CRITERION" else words

    def source_ids_of(self, words: str) -> set[str]:
        """The sources that a name, or the name of a pinpoint, stands for."""
        return {self._source_ids[text] for text in self.name_ids["N_SOURCE"].get(words, ())}

    def name_of_pinpoints(self, pinpoints: Iterable[str]) -> str:
        """The one name of exactly these pinpoints, or else their own names."""
        found = sorted(pinpoints)
        begin = commonprefix(found).rstrip(" ,(")  # noqa: RUF071 - texts, not paths
        words = " ".join(self.normaliser.normalise(begin))
        return begin if self.name_ids["N_SOURCE"].get(words) == set(found) else " or ".join(found)

    def _add_slot_labels(self) -> None:
        """Fill `slot_labels`: for each label of a wildcard, the terminals that it can stand for."""
        phrase = self.normaliser.normalise
        for terminal in sorted({"N_QUESTION", *self.name_ids}):
            self.slot_labels[phrase(terminal.removeprefix(NAME_PREFIX).lower())].add(terminal)
        self.slot_labels[("guidance",)].add("N_ACTION")
        self.slot_labels[("harm",)].add("N_LEVEL")
        for name in self.vocabulary.types:
            self.slot_labels[phrase(name.replace("_", " "))].add(f"V_{name.upper()}")
        for predicate in self.vocabulary.predicates.values():
            if len(predicate.args) == 1:
                self.slot_labels[phrase(predicate.id.replace("_", " "))] |= slot_terminals(predicate.args[0].type)
            for argument in predicate.args:
                self.slot_labels[phrase(argument.name.replace("_", " "))] |= slot_terminals(argument.type)
                self.slot_labels[phrase(argument.type.replace("_", " "))] |= slot_terminals(argument.type)

    def _add_subjectless_phrases(self) -> None:
        """Add the phrases about the rule without their subject, in singular and plural: `reaches` and `reach`."""
        words = query_lexicon()
        for chunk, terminal in list(self._phrase_terminals.items()):
            if len(chunk) < 2 or chunk[0] != words.subject:
                continue
            verb = chunk[1]
            endings = (verb[:-cut] for cut in (1, 2) if verb.endswith("s") and len(verb) > cut + 2)
            for form in dict.fromkeys((verb, words.plural.get(verb, verb), *endings)):
                self._add_phrase((form, *chunk[2:]), terminal, "")

    def _authority_alternatives(self) -> Iterable[str]:
        """The alternatives behind "rules", with the abbreviations of the lexicon."""
        phrase = self.normaliser.normalise
        sentences = list(self.sentence_forms.values())
        for number, (short, long) in enumerate(query_lexicon().abbreviations.items()):
            chunk = self._phrase_terminals.get(phrase(long))
            for sentence in sentences:
                symbols, _ = self._symbols(sentence.predicate, sentence.template)
                if sentence.affirmed and chunk and symbols[0] == chunk:
                    alias = f"s_{len(self.sentence_forms)}"
                    self.sentence_forms[alias] = sentence
                    self._add_phrase(phrase(short), f"M_{number}", "")
                    yield f"M_{number} {' '.join(symbols[1:])} -> {alias}"


def slot_terminals(type_name: str) -> set[str]:
    """The terminals of a wildcard in the place of a value of this type."""
    built_in = {"name": "TEXT", "text": "TEXT", "date": "DATE", "count": "COUNT"}
    if type_name in BUILT_IN_TYPES:
        return {built_in.get(type_name, "VAGUE_TIME")}
    return {f"V_{type_name.upper()}"}
