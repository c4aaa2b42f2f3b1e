"""Patterns over words: compiled from the lines of a language file, and matched in time linear in the text.

A pattern is a line of items with spaces between them:

    word        this word; `wor*` a beginning, `*ord` an ending, `#` a number
    <name>      an entry of the word list `name`
    a|b|<name>  one of several; in brackets where one has several words: `(a b|c)`
    item?       the item may be missing
    !item       the next word is not this (it takes no word)
    ...         up to three other words of the same clause
    ......      up to nine other words of the same clause
    ^           a clause begins here
    $           the sentence ends here

All the positions at which a pattern may stand are kept as the bits of one integer. An item moves them; nothing is tried
twice, so that no pattern can take more than its length times the length of the sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from legit.refusals.text import comparable, words_of

SHORT_GAP, LONG_GAP = 3, 9

_PART = re.compile(r"!?\([^)]*\)\??|\S+")

_WRITTEN = re.compile(r"#|\*?[\w'\u2019\u00a7]+\*?")

Entry = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a pattern. `list_number` is that of its word list, -1 for a gap or a mark."""

    kind: Literal["list", "not", "gap", "begin", "end"]
    list_number: int = -1
    length: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `needs` are the word lists that a sentence must have, as bits."""

    text: str
    items: tuple[Item, ...]
    needs: int


@dataclass(slots=True)
class WordLists:
    """The word lists of a language by number, and what a word can begin. Finds the lists that a word belongs to."""

    expand: Callable[[str], tuple[str, ...]] = lambda word: (word,)
    _numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    _exact: dict[str, list[tuple[int, Entry]]] = field(default_factory=dict)
    _partial: list[tuple[str, bool, int, Entry]] = field(default_factory=list)
    _known: dict[str, tuple[tuple[int, Entry], ...]] = field(default_factory=dict)

    def number(self, entries: Iterable[str]) -> int:
        """The number of a list with these entries. A star stands at the beginning or the end of a word."""
        key = tuple(entries)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            for entry in key:
                self._add(self._numbers[key], entry)
        return self._numbers[key]

    def first_words(self) -> frozenset[str]:
        """The words with which an entry of a list begins, without those that have a star."""
        return frozenset(word for word in self._exact if word.isalpha())

    def _add(self, number: int, entry: str) -> None:
        words = tuple(part for word in entry.split() for part in _parts(word, self.expand))
        first, rest = words[0], words[1:]
        if first.startswith("*"):
            self._partial.append((first[1:], False, number, rest))
        elif first.endswith("*"):
            self._partial.append((first[:-1], True, number, rest))
        else:
            self._exact.setdefault(first, []).append((number, rest))

    def beginnings(self, word: str) -> tuple[tuple[int, Entry], ...]:
        """The lists of which an entry begins with this word, with the rest of the entry."""
        found = self._known.get(word)
        if found is None:
            found = (
                *self._exact.get(word, ()),
                *(self._exact.get("#", ()) if word.isdigit() else ()),
                *(
                    (number, rest)
                    for part, at_beginning, number, rest in self._partial
                    if (word.startswith(part) if at_beginning else word.endswith(part))
                ),
            )
            if len(self._known) < 100_000:
                self._known[word] = found
        return found


class Places:
    """Where the entries of the word lists stand in a sentence: for each list, the positions by length, as bits."""

    __slots__ = ("begin", "end", "limit", "lists", "present")

    def __init__(self, words: tuple[str, ...], breaks: Iterable[int], lists: WordLists) -> None:
        self.lists: dict[int, dict[int, int]] = {}
        self.limit = (1 << (len(words) + 1)) - 1
        self.end = 1 << len(words)
        self.begin = 1
        for place in breaks:
            self.begin |= 1 << place
        self.present = 0
        for place, word in enumerate(words):
            for number, rest in lists.beginnings(word):
                if rest and not _follows(words, place + 1, rest):
                    continue
                self.present |= 1 << number
                by_length = self.lists.setdefault(number, {})
                by_length[1 + len(rest)] = by_length.get(1 + len(rest), 0) | 1 << place

    def starts(self, number: int) -> int:
        """The positions at which an entry of a list stands."""
        found = 0
        for mask in self.lists.get(number, {}).values():
            found |= mask
        return found


def compile_pattern(text: str, named: Mapping[str, tuple[str, ...]], lists: WordLists) -> Pattern:
    """The pattern of a line. Raises KeyError with the name of a word list that there is none of, and ValueError when
    the line has no word."""
    items = tuple(_item(part, named, lists) for part in _PART.findall(text))
    needs = 0
    for item in items:
        if item.kind == "list" and not item.optional:
            needs |= 1 << item.list_number
    if not needs:
        raise ValueError("no word that must be there")
    return Pattern(text, items, needs)


def _item(part: str, named: Mapping[str, tuple[str, ...]], lists: WordLists) -> Item:
    if part == "^":
        return Item("begin")
    if part == "$":
        return Item("end")
    if set(part) == {"."}:
        return Item("gap", length=SHORT_GAP if len(part) <= 3 else LONG_GAP)
    kind: Literal["list", "not"] = "not" if part.startswith("!") else "list"
    name = part.lstrip("!")
    optional = name.endswith("?")
    name = name.removesuffix("?")
    entries: list[str] = []
    bracketed = name.startswith("(") and name.endswith(")")
    for entry in (name[1:-1] if bracketed else name).split("|"):
        entries += named[entry[1:-1]] if entry.startswith("<") and entry.endswith(">") else (entry.strip(),)
    for entry in entries:
        if not entry or not all(_WRITTEN.fullmatch(word) for word in entry.split()):
            raise ValueError(f"`{entry}` is no word")
    return Item(kind, lists.number(entries), optional=optional)


class PatternIndex:
    """Patterns by one word list that each needs, the list that the fewest of them need. For a sentence only those are
    tried of which that list stands in it, so that a word that begins little costs little."""

    __slots__ = ("_by_list", "_lists")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        needs = [tuple(_bits(pattern.needs)) for pattern in patterns]
        uses = Counter(number for lists in needs for number in lists)
        self._by_list: dict[int, list[int]] = {}
        for place, lists in enumerate(needs):
            self._by_list.setdefault(min(lists, key=lambda number: uses[number]), []).append(place)
        self._lists = sum(1 << number for number in self._by_list)

    def candidates(self, places: Places) -> list[int]:
        """The numbers of the patterns that may stand in a sentence, in their order."""
        return sorted(number for found in _bits(self._lists & places.present) for number in self._by_list[found])


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        mask ^= lowest
        yield lowest.bit_length() - 1


def matches(pattern: Pattern, places: Places) -> Iterator[tuple[int, int]]:
    """Where a pattern stands in a sentence: first word, and the word after the last. Each start has its shortest."""
    if pattern.needs & ~places.present or not _run(pattern, places, places.limit):
        return
    remaining = _possible_starts(pattern, places)
    while remaining:
        start = remaining & -remaining
        remaining ^= start
        ends = _run(pattern, places, start)
        if ends:
            yield start.bit_length() - 1, (ends & -ends).bit_length() - 1


def _possible_starts(pattern: Pattern, places: Places) -> int:
    first = pattern.items[0]
    if first.kind == "list" and not first.optional:
        return places.starts(first.list_number)
    return places.begin if first.kind == "begin" else places.limit


def _run(pattern: Pattern, places: Places, reached: int) -> int:
    """The positions after the pattern, from these positions before it."""
    for item in pattern.items:
        if item.kind == "list":
            after = reached if item.optional else 0
            for length, mask in places.lists.get(item.list_number, {}).items():
                after |= (reached & mask) << length
            reached = after
        elif item.kind == "gap":
            for _ in range(item.length):
                reached |= (reached & ~places.begin) << 1
            reached &= places.limit
        elif item.kind == "not":
            reached &= ~places.starts(item.list_number)
        else:
            reached &= places.begin if item.kind == "begin" else places.end
        if not reached:
            return 0
    return reached


def _parts(word: str, expand: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """The words of an entry in the form in which words are compared. A word with a star is not expanded."""
    if word == "#":
        return (word,)
    if "*" not in word:
        return tuple(part for found in words_of(word) for part in expand(found))
    plain = comparable(word.strip("*"))
    return (f"{'*' if word.startswith('*') else ''}{plain}{'*' if word.endswith('*') else ''}",)


def _follows(words: tuple[str, ...], place: int, rest: Entry) -> bool:
    if place + len(rest) > len(words):
        return False
    return all(_fits(word, words[place + number]) for number, word in enumerate(rest))


def _fits(entry: str, word: str) -> bool:
    if entry.endswith("*"):
        return word.startswith(entry[:-1])
    return word.endswith(entry[1:]) if entry.startswith("*") else word == entry
