"""The refusal test: reads a reply by the patterns of its language, the fields of its message and its structure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

from legit._util.suggest import suggest
from legit.errors import Problem, RefusalPatternError
from legit.refusals.decision import decide
from legit.refusals.drafts import own_sentences
from legit.refusals.language_files import LanguagePatterns, shipped_languages
from legit.refusals.languages_of import LanguageRecogniser
from legit.refusals.reading import UNDETERMINED_LANGUAGE, Cue, CueKind, ReplyReading, Strictness
from legit.refusals.replies import Reply, reply_of, signals, structured_signs
from legit.refusals.sentence_cues import ListedCue, sentence_cues
from legit.refusals.support import with_support
from legit.refusals.text import Sentence, sentences_of
from legit.refusals.weighing import weighed
from legit.refusals.weights import Features, LearnedWeights, reading_features, shipped_weights

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PatternReading:
    """What the patterns read of a reply: the cues in the order of the text, its language, the provider's own sign of a
    refusal, the number of its sentences, and those that the speaker says as such."""

    reply: Reply
    cues: tuple[Cue, ...]
    language: str
    signal: str
    sentences: int
    said: tuple[Sentence, ...]

    def reading(self, strictness: Strictness) -> ReplyReading:
        """What it amounts to by the patterns alone."""
        return decide(self.cues, self.language, self.signal, strictness, self.sentences)

    @property
    def can_be_weighed(self) -> bool:
        """Whether it is a text in a known language in which the speaker says something as such."""
        return bool(self.said) and not self.signal and self.language != UNDETERMINED_LANGUAGE

    def features(self) -> Features:
        """What the weights are for. A sentence counts once, however often it is repeated."""
        distinct = dict.fromkeys(sentence.words for sentence in self.said)
        words = tuple(word for sentence in distinct for word in sentence)
        return Features(
            words, reading_features(self.reply.text, words, self.reading("balanced"), self.reading("sensitive"))
        )


class PatternReader:
    """Reads replies by patterns. It is a `ReplyReader`, and safe to share between threads.

    `language` is the language of the replies (a BCP 47 tag); None means that it is recognised, sentence by sentence.
    `strictness` says how much counts. `languages` are the languages that are known: `load_languages` reads those of a
    folder. `weights` are learned weights that decide together with the patterns; None leaves all to the patterns.

    Raises RefusalPatternError (T003) when `language` is none of them.
    """

    def __init__(
        self,
        *,
        language: str | None = None,
        strictness: Strictness = "balanced",
        languages: Sequence[LanguagePatterns] | None = None,
        weights: LearnedWeights | Literal["shipped"] | None = "shipped",
    ) -> None:
        known = tuple(shipped_languages() if languages is None else languages)
        self.strictness: Strictness = strictness
        self._known = known if language is None else (_named(known, language),)
        self._recogniser = LanguageRecogniser(self._known)
        self._weights = shipped_weights() if weights == "shipped" else weights

    def __call__(self, reply: Reply) -> ReplyReading:
        """What is read of a reply."""
        read = self.read_by_patterns(reply)
        reading, weights = read.reading(self.strictness), self._weights
        if weights is None or not read.can_be_weighed:
            return reading
        scores = weights.scores(read.features())

        def heaviest(kind: CueKind, question: str) -> tuple[Cue, ...]:
            start, end = read.said[weights.heaviest([sentence.words for sentence in read.said], question)].span
            return (Cue(kind, reply.text[start:end], start, end, "learned", read.language),)

        return weighed(reading, scores, self.strictness, heaviest)

    def read_by_patterns(self, reply: Reply) -> PatternReading:
        """What the patterns read of a reply, before it is decided what that amounts to."""
        signal = _signal(reply)
        cues: list[Cue] = []
        languages: list[str] = []
        said: list[Sentence] = []
        if reply.data is None:
            cues += self._read_text(reply.text, languages, said)
        else:
            for sign in structured_signs(reply.data):
                if sign.kind == "text":
                    cues += [_in_field(cue, sign.field) for cue in self._read_text(sign.value, languages)]
                else:
                    cues.append(Cue(sign.kind, f"{sign.field}: {sign.value}", place=sign.field))
        if signal and reply.refusal:
            cues += [_in_field(cue, "refusal") for cue in self._read_text(reply.refusal, languages)]
        told = [tag for tag in languages if tag != UNDETERMINED_LANGUAGE]
        language = max(dict.fromkeys(told), key=told.count) if told else UNDETERMINED_LANGUAGE
        return PatternReading(reply, tuple(cues), language, signal, len(languages), tuple(said))

    def _read_text(self, text: str, languages: list[str], said: list[Sentence] | None = None) -> list[Cue]:
        """The cues of a text. The language of each sentence is added to the languages, and the sentences that the
        speaker says as such to those that are said."""
        sentences = list(sentences_of(text))
        found: list[list[ListedCue]] = []
        likely = self._recogniser.of_sentences(sentences)
        for sentence, candidates in own_sentences(sentences, likely):
            cues: list[ListedCue] | None = None
            for language in candidates:
                cues = sentence_cues(sentence, language, text)
                if cues is not None:
                    break
            found.append(cues or [])
            if said is not None:
                said.append(sentence)
            known = bool(cues) or self._recogniser.sure(sentence)
            languages.append((cues[0].cue.language if cues else candidates[0].tag) if known else UNDETERMINED_LANGUAGE)
        return list(with_support(found))


def read_reply(message: object, *, language: str | None = None, strictness: Strictness = "balanced") -> ReplyReading:
    """Whether a reply refuses, deflects, enforces or complies, and on which words that rests.

    `message` is a text, a `Reply`, a message of a provider or framework, or a structured answer (see `reply_of`).
    `language` is its language as a BCP 47 tag; None means that it is recognised. `strictness` says how much counts.

    Raises RefusalPatternError (T003) when `language` is not known.
    """
    return _shared_reader(language, strictness)(reply_of(message))


@cache
def _shared_reader(language: str | None, strictness: Strictness) -> PatternReader:
    return PatternReader(language=language, strictness=strictness)


def _named(known: Iterable[LanguagePatterns], tag: str) -> LanguagePatterns:
    languages = {name: language for language in known for name in (language.tag, *language.also)}
    found = languages.get(tag.replace("_", "-").split("-")[0].casefold())
    if found is None:
        raise RefusalPatternError(
            Problem(
                "T003",
                f"no patterns of refusals for the language `{tag}`",
                help=f"known are: {', '.join(sorted({item.tag for item in languages.values()}))}",
                nearest=suggest(tag, languages),
            )
        )
    return found


def _signal(reply: Reply) -> str:
    """The provider's own sign of a refusal, or an empty text."""
    reason = reply.finish_reason.strip()
    if reason and reason.casefold().replace("-", "_") in signals().provider.refusing_reasons:
        return reason
    return "refusal" if reply.refusal else ""


def _in_field(cue: Cue, field: str) -> Cue:
    return Cue(cue.kind, cue.text, 0, 0, cue.strength, cue.language, field)
