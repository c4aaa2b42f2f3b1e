"""Completes sentences as they are written: forms, values of slots, sources of evidence, nearest sentences.

One completer serves the editor in the browser, the service and the language server. Whatever it offers is a text that
is understood: each is parsed before it is offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from legit._util.suggest import most_alike
from legit.knowledge.vocabulary import Argument, Predicate
from legit.language.completion_place import Place, place_at, typed_words, word_ends
from legit.language.diagnosis import Diagnosis
from legit.language.form_matching import FormMatch, FormMatcher, Typed
from legit.language.grammar import Grammar, SentenceForm
from legit.language.reader import Reader
from legit.language.spelling import Speller
from legit.language.tokenizer import MAX_SENTENCE_CHARACTERS, Token

MAX_COMPLETIONS = 50
_FEW = 5
"""Where fewer completions fit, the nearest sentences are offered as well, up to so many."""

ELLIPSIS = "…"
"""Stands in a quotation that is still to be written."""

_REFERENCED = ("document", "record")
_SPEAKERS = ("user", "document", "record", "operator", "inferred")

Kind = Literal["sentence", "value", "correction", "source", "detail", "heading"]


class Completion(BaseModel):
    """What may be written in place of the characters from `start` to `end` of a text.

    `placeholders` are the parts of `insert` that are still to be chosen, each from its first character to behind its
    last. `predicate` is the predicate of a sentence, `sentence` the whole sentence once the completion is taken.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    start: int
    end: int
    insert: str
    placeholders: tuple[tuple[int, int], ...] = ()
    predicate: str = ""
    sentence: str = ""


class Completer:
    """Completes texts in the language of one reader. Instances may be shared between threads."""

    def __init__(self, grammar: Grammar, reader: Reader) -> None:
        self._grammar = grammar
        self._reader = reader
        self._matcher = FormMatcher(grammar)
        self._diagnosis = Diagnosis(grammar)
        self._speller = Speller(grammar)
        lexicon, normalise = grammar.vocabulary.lexicon, grammar.normaliser.normalise
        self._lead_ins = [(text, normalise(text)) for name in ("deny", "unknown") for text in lexicon.phrases[name]]
        self._first_lead_ins = [lexicon.phrases[name][0] for name in ("deny", "unknown")]

    def complete(self, text: str, cursor: int, limit: int = MAX_COMPLETIONS) -> tuple[Completion, ...]:
        """What may be written at the cursor, a number of characters of the text; the likeliest first.

        Where nothing fits what was written, the nearest sentences. Nothing within a quotation, whose words are free.
        """
        place = place_at(self._grammar, text, max(0, min(cursor, len(text))))
        if place is None or place.end - place.start > MAX_SENTENCE_CHARACTERS:
            return ()
        found: dict[str, Completion] = {}
        for item in self._offers(place):
            self._add(found, text, place, item)
            if len(found) >= limit:
                return tuple(found.values())
        if place.before.strip() and len(found) < _FEW:
            for item in self._corrections(place):
                self._add(found, text, place, item)
                if len(found) >= min(limit, _FEW):
                    break
        return tuple(found.values())

    def nearest(self, sentence: str, limit: int = 3) -> tuple[Completion, ...]:
        """The sentences that are nearest to one that is not understood, each in place of the whole of it."""
        place = place_at(self._grammar, sentence, len(sentence.rstrip(" .!?;")))
        if place is None or place.end - place.start > MAX_SENTENCE_CHARACTERS:
            return ()
        found: dict[str, Completion] = {}
        for item in self._corrections(place):
            self._add(found, sentence, place, item)
            if len(found) == limit:
                break
        return tuple(found.values())

    def _offers(self, place: Place) -> Iterator[Completion]:
        tokens = list(self._grammar.normaliser.tokenize(place.before))
        kinds = [token.kind for token in tokens]
        if "open" in kinds and "close" not in kinds[kinds.index("open") :]:
            yield from self._sources(place, tokens[kinds.index("open")].start)
            return
        if "colon" in kinds:
            at = place.start + tokens[kinds.index("colon")].end
            yield Completion(
                kind="detail", start=at, end=place.end, insert=f' "{ELLIPSIS}".', placeholders=((2, 2 + len(ELLIPSIS)),)
            )
            return
        yield from self._sentences(place)
        yield from self._headings(place)

    def _sentences(self, place: Place) -> Iterator[Completion]:
        """Forms and values, behind a denial or an open question too."""
        for lead, skipped in self._leads(place.before):
            matches = sorted(self._matcher.matches(typed_words(self._grammar, place.before[skipped:])), key=_rank)
            known: set[tuple[str, bool, str]] = set()
            for match in matches:
                if place.tail.strip():
                    yield from self._values(place, match, skipped)
            for match in [] if place.tail.strip() else matches:
                for item, key in self._whole(place, match, lead):
                    if key not in known:
                        known.add(key)
                        yield item
        yield from self._partial_leads(place)

    def _leads(self, before: str) -> Iterator[tuple[str, int]]:
        """How a sentence may begin before its form: with nothing, or with the words of a denial or an open question."""
        yield "", 0
        tokens = list(self._grammar.normaliser.tokenize(before))
        values = tuple(token.value for token in tokens)
        for text, words in self._lead_ins:
            if values[: len(words)] == words:
                yield f"{text[0].upper()}{text[1:]} ", tokens[len(words) - 1].end

    def _partial_leads(self, place: Place) -> Iterator[Completion]:
        typed = typed_words(self._grammar, place.before)
        written = tuple(token.value for token in typed.tokens)
        if not (written or typed.partial):
            return
        for lead in self._first_lead_ins:
            words = self._grammar.normaliser.normalise(lead)
            if len(written) < len(words) and words[: len(written)] == written and typed.begins(words[len(written)]):
                first = next(iter(self._grammar.sentence_forms.values()))
                text, _ = self._fill(first, {})
                body = text[0].lower() + text[1:]
                insert = f"{lead[0].upper()}{lead[1:]} {body}"
                hole = (len(lead) + 1, len(insert) - 1)
                yield Completion(kind="sentence", start=place.start, end=place.end, insert=insert, placeholders=(hole,))

    def _values(self, place: Place, match: FormMatch, skipped: int) -> Iterator[Completion]:
        """The values of the slot in which the cursor is, where the sentence goes on behind it."""
        if match.slot < 0:
            return
        written = place.before[skipped + match.slot_start :]
        start = skipped + match.slot_start + len(written) - len(written.lstrip())
        article = _last_word(match.form, match.slot)
        has_article = article in self._grammar.vocabulary.lexicon.stop_words
        first_word, space, _ = written.lstrip().partition(" ")
        kept = has_article and bool(space) and first_word.lower() == article
        start += len(first_word) + 1 if kept else 0
        for phrase in match.phrases:
            insert = phrase.text if kept or not has_article else f"{article} {phrase.text}"
            for length in word_ends(place.tail):
                if self._reader.understands(f"{place.before[:start]}{insert}{place.tail[length:]}."):
                    yield Completion(
                        kind="value",
                        start=place.start + start,
                        end=place.cursor + length,
                        insert=insert,
                        predicate=match.form.predicate.id,
                    )
                    break

    def _whole(self, place: Place, match: FormMatch, lead: str) -> Iterator[tuple[Completion, tuple[str, bool, str]]]:
        """The whole sentences that a form may become, with what makes two of them the same."""
        chosen: Iterable[str | None] = [None]
        if match.slot >= 0 and match.phrases:
            plain = [phrase.text for phrase in match.phrases if not phrase.synonym]
            chosen = plain or [phrase.text for phrase in match.phrases]
        for value in chosen:
            filled = match.filled if value is None else {**match.filled, match.slot: value}
            text, holes = self._fill(match.form, filled)
            body = lead + (text[0].lower() + text[1:] if lead else text)
            item = Completion(
                kind="sentence" if value is None else "value",
                start=place.start,
                end=place.end,
                insert=body,
                placeholders=tuple((start + len(lead), end + len(lead)) for start, end in holes),
                predicate=match.form.predicate.id,
            )
            yield item, (match.form.predicate.id, match.form.affirmed, repr(sorted(filled.items())))

    def _fill(self, form: SentenceForm, filled: dict[int, str]) -> tuple[str, list[tuple[int, int]]]:
        """The sentence of a form with its stop, and the places of the slots that are not filled."""
        predicate = form.predicate
        text, holes = "", []
        for part in form.template.segments:
            if isinstance(part, str):
                text += part
            elif part in filled:
                text += filled[part]
            else:
                word, inset = self._placeholder(predicate.args[part])
                holes.append((len(text) + inset, len(text) + len(word) - inset))
                text += word
        if predicate.detail_required:
            text += f': "{ELLIPSIS}"'
            holes.append((len(text) - 1 - len(ELLIPSIS), len(text) - 1))
        return f"{text[:1].upper()}{text[1:]}.", holes

    def _placeholder(self, argument: Argument) -> tuple[str, int]:
        """What stands in a slot until it is chosen, and how many characters at either side belong to the form."""
        vocabulary = self._grammar.vocabulary
        values = vocabulary.values(argument.type)
        if values:
            return next(iter(values.values())).phrase, 0
        if argument.type == "date":
            return "2024-05-31", 0
        if argument.type in {"years", "time", "count"}:
            units = vocabulary.lexicon.units_of(argument.type)
            return f"3 {max(units, key=len)}", 0
        return f'"{ELLIPSIS}"', 1

    def _headings(self, place: Place) -> Iterator[Completion]:
        word = self._grammar.vocabulary.lexicon.phrases["case"][0]
        if not place.tail.strip() and word.startswith(place.before.strip().lower()):
            insert = f'{word[0].upper()}{word[1:]} "{ELLIPSIS}".'
            at = insert.index(ELLIPSIS)
            yield Completion(
                kind="heading", start=place.start, end=place.end, insert=insert,
                placeholders=((at, at + len(ELLIPSIS)),),
            )  # fmt: skip

    def _sources(self, place: Place, opened: int) -> Iterator[Completion]:
        """The marks of sources of evidence, from the bracket on."""
        typed = place.before[opened + 1 :].strip().lower()
        for kind in _SPEAKERS:
            word = self._grammar.vocabulary.lexicon.phrases[f"speaker_{kind}"][0]
            if word.startswith(typed):
                insert = f'[{word} "{ELLIPSIS}"]' if kind in _REFERENCED else f"[{word}]"
                holes = ((len(insert) - 3, len(insert) - 2),) if kind in _REFERENCED else ()
                start = place.start + opened
                yield Completion(kind="source", start=start, end=place.end, insert=insert, placeholders=holes)

    def _corrections(self, place: Place) -> Iterator[Completion]:
        """Sentences that are near to what was written, in place of all of it: respelt first, then by likeness."""
        written = place.before + place.tail
        tokens = list(self._grammar.normaliser.tokenize(written))

        def correction(text: str, predicate: str = "", holes: Iterable[tuple[int, int]] = ()) -> Completion:
            return Completion(
                kind="correction", start=place.start, end=place.end, insert=text, predicate=predicate,
                placeholders=tuple(holes),
            )  # fmt: skip

        for spelt in self._speller.respelt(written, self._speller.unknown(tokens)):
            yield correction(spelt if spelt.rstrip().endswith(".") else f"{spelt.rstrip()}.")
        near: dict[str, Completion] = {}
        for cut in self._beginnings(written, tokens):
            for match in self._matcher.matches(cut):
                filled = [{**match.filled, match.slot: phrase.text} for phrase in match.phrases] or [match.filled]
                for values in filled:
                    text, holes = self._fill(match.form, values)
                    near.setdefault(text, correction(text, match.form.predicate.id, holes))
            if near:
                break
        for predicate in self._diagnosis.nearest_predicates(tokens):
            form = self._form_of(predicate)
            if form:
                text, holes = self._fill(form, {})
                near.setdefault(text, correction(text, predicate.id, holes))
        yield from (near[text] for text in most_alike(written, near))

    def _beginnings(self, written: str, tokens: list[Token]) -> Iterator[Typed]:
        """The beginning of a sentence up to each of its words but the first, the longest first."""
        for count in range(len(tokens) - 1, 1, -1):
            yield Typed(written, tokens[:count], "", article=True)

    def _form_of(self, predicate: Predicate) -> SentenceForm | None:
        forms = self._grammar.sentence_forms.values()
        return next((form for form in forms if form.predicate is predicate and form.affirmed), None)

    def _add(self, found: dict[str, Completion], text: str, place: Place, item: Completion) -> None:
        """Add a completion by the whole sentence once it is taken; not where that would not be understood."""
        whole = f"{text[place.start : item.start]}{item.insert}{text[item.end : max(place.end, item.end)]}"
        if whole not in found and self._reader.understands(whole):
            found[whole] = item.model_copy(update={"sentence": whole})


def _last_word(form: SentenceForm, slot: int) -> str:
    """The word before a slot of a form; empty where none is."""
    segments = form.template.segments
    place = segments.index(slot)
    before = segments[place - 1] if place else ""
    words = before.split() if isinstance(before, str) else []
    return words[-1].lower() if words else ""


def _rank(match: FormMatch) -> tuple[bool, bool, bool]:
    """The order of forms: those that models are shown first, affirmed ones before denied, and the usual wording."""
    predicate = match.form.predicate
    usual = match.form.template in (predicate.affirmative_forms[0], predicate.denial_form)
    return (not usual, not predicate.spec.in_prompt, not match.form.affirmed)
