"""The vocabulary as pages: for people, with everything; for language models, as short as it can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from legit._util.token_count import count_tokens
from legit.knowledge.vocabulary import BUILT_IN_TYPES, Argument, EnumValue, Predicate, Vocabulary
from legit.messages import language, message

_MEASURES = frozenset({"years", "time", "count", "date"})
"""The built-in types whose slots show an example (`vocabulary.measure_TYPE`); the others are quoted texts."""

_MAX_INLINE_VALUES = 12

_MAX_DIFFERING_WORDS = 3
"""The most words in which forms differ that are shown as one line: `The rule <forbids | requires> “…”.`"""

_DETAIL, _TEXT = ": “…”", "“…”"
"""A detail and a text as agents see them. These marks need no escapes in JSON, in which definitions and calls stand."""


class VocabularyPages:
    """Prints one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, guide: str) -> None:
        self._vocabulary = vocabulary
        self._guide = guide
        self._whole: dict[str, str] = {}
        """The form for agents without topics, by the language of its headings."""

    def for_agents(self, topics: Collection[str] = ()) -> str:
        """All that a language model needs in order to write correct sentences.

        Without `topics`: the guide, and (without headings, for which there is no room) the forms of all sentences but
        those with `in_prompt = false`. With `topics`: the forms of all sentences of these topics and the lists that
        they use, without the guide. Without `topics` the text is made once.
        """
        if topics:
            return self._for_agents(topics)
        spoken = language()
        if spoken not in self._whole:
            self._whole[spoken] = self._for_agents(())
        return self._whole[spoken]

    def _for_agents(self, topics: Collection[str]) -> str:
        shown = self._prompt_predicates
        if topics:
            shown = [predicate for predicate in self._vocabulary.predicates.values() if predicate.topic in topics]
        by_topic = {
            topic: _grouped(predicate for predicate in shown if predicate.topic == topic)
            for topic in self._vocabulary.topics
        }
        inline = self._inline_types
        lines = [] if topics else [self._guide.strip(), ""]
        used: set[str] = set()
        for topic in self._vocabulary.topics:
            if topics and topic not in topics:
                continue
            if topics:
                lines.append(message("vocabulary.heading", topic=topic, title=self._vocabulary.topics[topic]))
            for group in by_topic[topic]:
                lines.append(self._prompt_line(group, inline))
                used.update(argument.type for argument in group.args)
        lines.append(message("vocabulary.heading_lists"))
        for name in dict.fromkeys(argument.type for predicate in shown for argument in predicate.args):
            if name in used and name not in inline and self._listed(name):
                lines.append(message("vocabulary.values", type=name, values=self._value_list(name)))
        return "\n".join(lines) + "\n"

    def _listed(self, type_name: str) -> bool:
        """Whether the form for agents has a list of the values of a type."""
        return type_name not in BUILT_IN_TYPES and self._vocabulary.types[type_name].listed

    @cached_property
    def _prompt_predicates(self) -> list[Predicate]:
        """The predicates of the form for agents without topics."""
        return [predicate for predicate in self._vocabulary.predicates.values() if predicate.spec.in_prompt]

    @cached_property
    def _inline_types(self) -> frozenset[str]:
        """The types whose values stand in the slot itself in the form for agents, and not in a list."""
        uses = Counter(argument.type for group in _grouped(self._prompt_predicates) for argument in group.args)
        return frozenset(
            name
            for name, count in uses.items()
            if name not in BUILT_IN_TYPES
            and (count == 1 or len(self._vocabulary.values(name)) <= 2)
            and len(self._vocabulary.values(name)) <= _MAX_INLINE_VALUES
        )

    def prompt_tokens(self) -> tuple[bool, int]:
        """The tokens (cl100k_base) of the form for agents without topics, after whether the count is exact.

        It is exact with the packages of the extra `stats`, otherwise estimated.
        """
        return count_tokens(self.for_agents())

    def longest_prompt_forms(self, number: int) -> list[tuple[str, int]]:
        """The ids of the predicates with the longest lines in the form for agents, each with its tokens."""
        lines = [
            (group.id, count_tokens(self._prompt_line(group, self._inline_types))[1])
            for group in _grouped(self._prompt_predicates)
        ]
        return sorted(lines, key=lambda line: -line[1])[:number]

    def stats(self, prompt_tokens_at_most: int) -> dict[str, int]:
        """Counts by the key of their message (`cli.vocabulary_<key>`), with the bound of the base where it has one."""
        exact, tokens = self.prompt_tokens()
        bound = {"prompt_tokens_at_most": prompt_tokens_at_most} if prompt_tokens_at_most else {}
        return {
            "predicates": len(self._vocabulary.predicates),
            "sentence_forms": sum(len(item.affirmative_forms) + 1 for item in self._vocabulary.predicates.values()),
            "types": len(self._vocabulary.types),
            "values": sum(len(item.values) for item in self._vocabulary.types.values()),
            "phrases": sum(
                1 + len(value.synonyms) for item in self._vocabulary.types.values() for value in item.values.values()
            ),
            "prompt_tokens" if exact else "prompt_tokens_estimate": tokens,
            **bound,
        }

    def for_people(self, topic: str = "") -> str:
        """Every predicate with its sentences and its properties, and every list with all of its phrases."""
        lines = []
        for name, title in self._vocabulary.topics.items():
            if topic and name != topic:
                continue
            lines += [*_underlined(title), ""]
            for predicate in self._vocabulary.predicates.values():
                if predicate.topic == name:
                    lines += self._predicate_lines(predicate)
        if not topic:
            lines += [*_underlined(message("vocabulary.lists")), ""]
            for name, enum in self._vocabulary.types.items():
                lines.append(message("vocabulary.type", name=name, description=enum.description))
                lines += [value_line(value) for value in enum.values.values()]
                lines.append("")
        return "\n".join(lines)

    def _predicate_lines(self, predicate: Predicate) -> list[str]:
        names = tuple(f"<{argument.name}>" for argument in predicate.args)
        detail = ': "…"' if predicate.detail_required else ""
        affirmed = [f"{form.format(names)}{detail}" for form in predicate.affirmative_forms]
        denied = f"{predicate.denial_form.format(names)}{detail}"
        lines = [predicate.id]
        lines += [message("vocabulary.affirm", sentence=sentence) for sentence in affirmed]
        lines.append(message("vocabulary.deny", sentence=denied))
        lines.append(message("vocabulary.ask", sentence=predicate.question_form.format(names)))
        if predicate.detail_required:
            lines.append(message("vocabulary.detail_required"))
        lines.append("")
        return lines

    def _prompt_line(self, group: _Group, inline: Collection[str]) -> str:
        slots = tuple(self._slot(argument, inline) for argument in group.args)
        middle = f"<{' | '.join(' '.join(words) for words in group.middles)}>" if len(group.middles) > 1 else ""
        words = [*group.start, *([middle] if middle else group.middles[0]), *group.end]
        text = " ".join(words)
        for number, slot in enumerate(slots):
            text = text.replace(_marker(number), slot)
        return text + (f"{_DETAIL}." if group.detail_required else ".")

    def _slot(self, argument: Argument, inline: Collection[str]) -> str:
        if argument.type in inline:
            return f"<{self._value_list(argument.type)}>"
        if argument.type in _MEASURES:
            return message(f"vocabulary.measure_{argument.type}")
        if argument.type in BUILT_IN_TYPES:
            return _TEXT
        return f"<{argument.name}>" if self._listed(argument.type) else message("vocabulary.named", name=argument.name)

    def _value_list(self, type_name: str) -> str:
        """The phrases of a type, without articles: the reader passes over those."""
        lexicon = self._vocabulary.lexicon
        passed_over = frozenset(lexicon.stop_words)
        phrases = [value.phrase.split(" ") for value in self._vocabulary.values(type_name).values()]
        return " | ".join(
            " ".join(
                word
                for place, word in enumerate(words)
                if word not in passed_over or (place and lexicon.keep_inner_articles)
            )
            for words in phrases
        )


@dataclass
class _Group:
    """Sentences of one topic that differ in a few words at one place, as one line: `start`, one of `middles`, `end`.
    Slots stand in it as their markers. `id` is that of the first predicate. Only sentences `in_prompt` share a line.
    """

    id: str
    topic: str
    in_prompt: bool
    args: tuple[Argument, ...]
    detail_required: bool
    start: list[str]
    middles: list[list[str]]
    end: list[str]

    @classmethod
    def of(cls, predicate: Predicate) -> _Group:
        template = predicate.prompt_form or predicate.affirmative_forms[0]
        words = template.format(tuple(_marker(number) for number in range(len(predicate.args)))).split(" ")
        detail = predicate.detail_required
        return cls(predicate.id, predicate.topic, predicate.spec.in_prompt, predicate.args, detail, [], [words], [])

    def takes(self, other: _Group) -> bool:
        """Take in a group of one sentence, if it has the same slots and differs only in the middle."""
        kinds = [[argument.type for argument in item.args] for item in (self, other)]
        alike = (self.topic, self.detail_required) == (other.topic, other.detail_required)
        if not alike or not (self.in_prompt and other.in_prompt) or not self.args or kinds[0] != kinds[1]:
            return False
        (new,) = other.middles
        if len(self.middles) == 1:
            old = self.middles[0]
            first = _common(old, new)
            last = _common(old[first:][::-1], new[first:][::-1])
        else:
            old, first, last = [], len(self.start), len(self.end)
            if new[:first] != self.start or new[len(new) - last :] != self.end:
                return False
        parts = [words[first : len(words) - last] for words in (old, new) if words]
        if not all(0 < len(part) <= _MAX_DIFFERING_WORDS and "\0" not in "".join(part) for part in parts):
            return False
        if old:
            self.start, self.middles, self.end = old[:first], [parts[0]], old[len(old) - last :]
        self.middles.append(parts[-1])
        return True


def _marker(number: int) -> str:
    return f"\0{number}\0"


def _common(one: list[str], two: list[str]) -> int:
    """How many words are the same from the beginning."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False))))


def _grouped(predicates: Iterable[Predicate]) -> list[_Group]:
    """The lines of sentences, each at the place of its first one."""
    groups: list[_Group] = []
    for group in map(_Group.of, predicates):
        if not any(earlier.takes(group) for earlier in groups):
            groups.append(group)
    return groups


def _underlined(title: str) -> tuple[str, str]:
    return title, "=" * len(title)


def value_line(value: EnumValue) -> str:
    """A value with its synonyms, as the page for people shows it."""
    if not value.synonyms:
        return message("vocabulary.value", phrase=value.phrase)
    return message("vocabulary.value_synonyms", phrase=value.phrase, synonyms=", ".join(value.synonyms))
