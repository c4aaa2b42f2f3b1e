"""Works once on the entries of a log that differ in nothing but their time, their caller and their commitments.

What a replay says of a decision depends on none of the three. Forms that come again and again are therefore read and
decided once. This process reads the entries; others do the work.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from legit._util.process_map import ordered_map

Result = TypeVar("Result")

Entries = list[tuple[int, bytes]]
"""Entries of a log with their numbers."""

NEW_AT_ONCE = 1 << 11
"""The entries that are worked on at once, each unlike those before it."""

_ENTRIES_AT_ONCE = 1 << 15
"""The entries whose results are given at once at most."""

_MOST_KEPT = 1 << 16
"""The distinct entries whose results are kept."""

# Bodies are canonical JSON: a quotation mark within a text is escaped, so that these marks are names of fields. Only
# values whose form is plain are left out, so that of two bodies that are then the same either both are valid or none.
_PLAIN = rb'"[ !#-\[\]-~]*"'
_STAND_IN = rb'"(?:[ !#-\[\]-~]|\xe2\x9f[\xa8\xa9])*"'  # with the brackets of a placeholder, in UTF-8
_CALLER = b',"caller":{'
_COMMITMENTS = b',"commitments":{'
_TIME = b',"time":"'
_TEXTS_BY_NAME = re.compile(rb"(?:%b:%b(?:,%b:%b)*)?\}," % (_PLAIN, _PLAIN, _PLAIN, _PLAIN))
_TEXTS_OR_NULL_BY_NAME = re.compile(
    rb"(?:%b:(?:null|%b)(?:,%b:(?:null|%b))*)?\}," % (_STAND_IN, _PLAIN, _STAND_IN, _PLAIN)
)
_TIME_TO_THE_END = re.compile(rb'[0-9:.TZ+-]{1,40}"\}')


def content_key(body: bytes) -> bytes | None:
    """A digest of the bytes of a decision without its time, caller and commitments.

    None for an entry of another kind, and for one in which one of these has an unusual form.
    """
    caller = body.find(_CALLER) + len(_CALLER)
    found = _TEXTS_BY_NAME.match(body, caller)
    if caller < len(_CALLER) or found is None:
        return None
    after_caller = found.end() - 2
    commitments = body.find(_COMMITMENTS, after_caller) + len(_COMMITMENTS)
    found = _TEXTS_OR_NULL_BY_NAME.match(body, commitments)
    if commitments < len(_COMMITMENTS) or found is None:
        return None
    after_commitments = found.end() - 2
    time = body.rfind(_TIME, after_commitments) + len(_TIME)
    if time < len(_TIME) or _TIME_TO_THE_END.fullmatch(body, time) is None:
        return None
    kept = body[:caller] + body[after_caller:commitments] + body[after_commitments:time]
    return hashlib.blake2b(kept, digest_size=16).digest()


class _Group(NamedTuple):
    """Entries in order with their keys, and those that are worked on.

    `results` has the results by key, and None for those that are not there yet.
    """

    numbers: list[int]
    keys: list[bytes | int]
    new: Entries
    new_keys: list[bytes | int]
    results: dict[bytes, Any]


def distinct_map(
    work: Callable[[Entries], list[Result]],
    entries: Iterable[tuple[int, bytes]],
    processes: int,
    prepare: Callable[[], object] | None = None,
) -> Iterator[list[tuple[int, Result]]]:
    """The result of `work` for each entry with its number, in order, in groups.

    `work` gives a result for each entry that it gets. An entry with the content of an earlier one has the result of
    that one. `processes` and `prepare` are those of `ordered_map`.
    """
    waiting: deque[_Group] = deque()

    def new_ones() -> Iterator[Entries]:
        for group in _groups(entries):
            waiting.append(group)
            yield group.new

    for found in ordered_map(work, new_ones(), processes, prepare):
        group = waiting.popleft()
        own = dict(zip(group.new_keys, found, strict=True))
        group.results.update((key, result) for key, result in own.items() if isinstance(key, bytes))
        results: dict[Any, Any] = group.results
        yield [
            (number, own[key] if key in own else results[key])
            for number, key in zip(group.numbers, group.keys, strict=True)
        ]


def _groups(entries: Iterable[tuple[int, bytes]]) -> Iterator[_Group]:
    results: dict[bytes, Any] = {}
    rest = iter(entries)
    while True:
        if len(results) > _MOST_KEPT:
            results = {}
        group = _Group([], [], [], [], results)
        for number, body in itertools.islice(rest, _ENTRIES_AT_ONCE):
            found = content_key(body)
            key = number if found is None else found
            group.numbers.append(number)
            group.keys.append(key)
            if found is None or found not in results:
                group.new.append((number, body))
                group.new_keys.append(key)
                if found is not None:
                    results[found] = None
            if len(group.new) >= NEW_AT_ONCE:
                break
        if not group.numbers:
            return
        yield group
