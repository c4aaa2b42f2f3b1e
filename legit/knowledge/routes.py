"""Routes: who can set a matter right, what to ask for and in what words. Each stands in a file of `routes/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.criteria import Criterion
from legit.knowledge.layers import Layers, duplicate_problem, layer_files, layer_of
from legit.knowledge.lexicon import Lexicon
from legit.knowledge.toml_files import parse_toml, read_text, toml_line, validation_problems
from legit.knowledge.vocabulary import IDENTIFIER, Predicate, Vocabulary
from legit.model.assessment import Verdict
from legit.model.explanation import RouteWords

FOLDER = "routes"
MAX_TEXT_CHARACTERS = 240
"""The most characters of one text of a route: each is one line of an answer."""

TEXT_FIELDS = tuple(RouteWords.model_fields)
"""The texts of a route, in the order in which they are read."""

ANY_READER = "anybody"
"""The reader of a route that is meant for whoever asks."""

_ANY = "_"
_DURATION = "time"
_UNKNOWN, _MALFORMED, _NO_DURATION = "K211", "K212", "K213"

_SET_BY_LOADER = frozenset({"path", "line", "answer_hours", "due_hours"})


class RouteConditions(BaseModel):
    """Conditions on a case. Each key is one condition: one of its values must hold.

    `criteria` are criteria, functions or harms that apply; `undercutters` have the form `CRITERION UNDERCUTTER`;
    `verdicts` and `actions` are the verdict and the action of the guidance; `rights` are the rights touched. Every
    other key is a predicate of the vocabulary. Its values are the values of the arguments, `complaint, refused` for two
    of them, with `_` for any value. For a predicate without arguments `true` asks that the fact is stated and `false`
    that it is denied.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, bool | tuple[str, ...]] = Field(init=False)

    criteria: tuple[str, ...] = ()
    undercutters: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """The conditions on what was concluded, without the empty ones."""
        return {key: found for key in type(self).model_fields if (found := getattr(self, key))}

    @property
    def facts(self) -> dict[str, bool | tuple[str, ...]]:
        """The conditions on facts, by predicate."""
        return dict(self.__pydantic_extra__ or {})

    def sets(self) -> Iterator[frozenset[Sign]]:
        """Each condition as the signs of which one must be there."""
        for key, values in self.named.items():
            yield frozenset((key, value) for value in values)
        for name, found in self.facts.items():
            if isinstance(found, bool):
                yield frozenset({(name, "" if found else "denied")})
            else:
                yield frozenset((name, pattern_text(value)) for value in found)


class RouteLead(BaseModel):
    """Who answers a route, in kind: what that means, and the cases in which nobody is to be sent there.

    A route led by it fits no case in which all conditions of one entry of `barred` are met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gloss: str
    barred: tuple[RouteConditions, ...] = ()


Sign = tuple[str, str]
"""What a condition asks for: its key, and a value or a pattern of values."""


class Route(RouteWords):
    """A way to set a matter right, with its texts.

    It fits where every condition of `when` is met and none of `unless`. `place` names the country or region for which
    the route is meant; without one it is meant for every country. `reader` is for whom it is written: one of the
    readers that the base names, or empty for the one whom the rule binds; `anybody` is for all of them. An `urgent`
    route comes before all others, a `general` route after them. `example` is a case that it fits.

    `led_by` is who answers it: one of the kinds that `route_leads` of the base names. `answer_within` is how long an
    answer usually takes, `due_within` the longest time that the case may leave for the route to be meant at all; both
    are durations in the words of the lexicon. The loader sets `answer_hours` and `due_hours` from them, in hours.
    """

    sources: tuple[str, ...]
    led_by: str
    answer_within: str
    due_within: str = ""
    place: str = ""
    reader: str = ""
    urgent: bool = False
    general: bool = False
    when: RouteConditions = RouteConditions()
    unless: RouteConditions = RouteConditions()
    example: str = ""
    path: str = ""
    line: int = 0
    answer_hours: int = 0
    due_hours: int = 0

    def answers_by(self, deadline: int | None) -> bool:
        """Whether an answer is usual before a deadline, in hours from now; without a deadline it always is."""
        return deadline is None or self.answer_hours <= deadline

    def is_meant_for(self, deadline: int | None) -> bool:
        """Whether the deadline of a case, in hours from now, is as short as the route demands."""
        return not self.due_within or (deadline is not None and deadline <= self.due_hours)


def pattern_text(value: str) -> str:
    """The values of a condition, in one spelling."""
    return ",".join(part.strip() for part in value.split(","))


def load_routes(layers: Layers, lexicon: Lexicon) -> tuple[dict[str, Route], list[Problem]]:
    """The routes of all layers by id, those of the extended base first.

    Problems: K201 wrong shape, K204 an id used twice or not in snake case, K210 one that an extension takes, K212 a
    route without a condition, or with a text that is not one short line, K213 a duration that is not understood.
    """
    routes: dict[str, Route] = {}
    problems: list[Problem] = []
    for path, place in layer_files(layers, f"{FOLDER}/**/*.toml"):
        text = read_text(path, place)
        for name, table in parse_toml(text, place).items():
            line = toml_line(text, name)
            before = routes.get(name)
            if before is not None and layer_of(before.path) != layer_of(place):
                problems.append(duplicate_problem("route", name, place, before.path))
            elif before is not None or not IDENTIFIER.match(name):
                message = f"id `{name[:40]}` is used twice or not in snake case"
                problems.append(Problem("K204", message, line, 1, place))
            elif not isinstance(table, dict) or _SET_BY_LOADER & table.keys():
                message = f"`{name[:40]}` is no route, or has a key that the loader sets"
                problems.append(Problem("K201", message, line, 1, place, help="a route is a table: `[id]`"))
            else:
                try:
                    route = Route.model_validate({**table, "path": place, "line": line})
                except ValidationError as error:
                    problems += validation_problems(error, Route, place, name, text)
                    continue
                problems += [*_malformed(name, route), *_no_durations(name, route, lexicon)]
                hours = {f"{key}_hours": lexicon.hours(getattr(route, f"{key}_within")) for key in ("answer", "due")}
                routes[name] = route.model_copy(update={key: found or 0 for key, found in hours.items()})
    return routes, problems


def _malformed(name: str, route: Route) -> Iterator[Problem]:
    """K212: a route that fits every case, or has a text that is not one short line."""
    if not list(route.when.sets()):
        help_ = "say under `when` which cases it fits"
        yield Problem(_MALFORMED, f"route `{name}` has no condition", route.line, 1, route.path, help=help_)
    for key in TEXT_FIELDS:
        text = getattr(route, key)
        if not text.isprintable() or len(text) > MAX_TEXT_CHARACTERS:
            message = f"route `{name}`: `{key}` is more than one line, or longer than {MAX_TEXT_CHARACTERS} characters"
            yield Problem(_MALFORMED, message, route.line, 1, route.path)


def _no_durations(name: str, route: Route, lexicon: Lexicon) -> Iterator[Problem]:
    """K213: a duration that the lexicon does not understand."""
    for key in ("answer_within", "due_within"):
        text = getattr(route, key)
        if (text or key == "answer_within") and lexicon.hours(text) is None:
            message = f"route `{name}`: `{key}` is no duration: `{text[:40]}`"
            near = suggest(text.rpartition(" ")[2], [*lexicon.units, *lexicon.vague_times])
            help_ = "write a number and a unit, `3 weeks`, or a vague time, `today`"
            yield Problem(_NO_DURATION, message, route.line, 1, route.path, help=help_, nearest=near)


def check_route_rules(
    leads: Mapping[str, RouteLead],
    deadline: str,
    routes: dict[str, Route],
    vocabulary: Vocabulary,
    criteria: dict[str, Criterion],
    rights: Iterable[str],
    actions: Iterable[str],
    path: str,
) -> list[Problem]:
    """K211: routes led by what the base does not name, and bars or a deadline of what it does not have."""
    problems = [
        _unknown(name, route, route.led_by, "`route_leads`", leads)
        for name, route in routes.items()
        if route.led_by not in leads
    ]
    predicate = vocabulary.predicates.get(deadline)
    if deadline and (predicate is None or [item.type for item in predicate.args] != [_DURATION]):
        times = [item.id for item in vocabulary.predicates.values() if [one.type for one in item.args] == [_DURATION]]
        message = f"route_deadline: `{deadline[:40]}` is no predicate of one duration"
        problems.append(Problem(_UNKNOWN, message, source=path, nearest=suggest(deadline, times)))
    # A bar is checked as the condition of a route is, under the name of the lead.
    barred = {
        f"route_leads.{name} ({number})": Route(
            title="", who="", ask="", words="", sources=(), led_by=name, answer_within="", when=bar, path=path
        )
        for name, lead in leads.items()
        for number, bar in enumerate(lead.barred, start=1)
    }
    return [*problems, *check_routes(barred, vocabulary, criteria, rights, actions)]


def check_routes(
    routes: dict[str, Route],
    vocabulary: Vocabulary,
    criteria: dict[str, Criterion],
    rights: Iterable[str],
    actions: Iterable[str],
) -> list[Problem]:
    """K211: conditions that name something the base does not have."""
    undercutters = [f"{name} {ground}" for name, item in criteria.items() for ground in item.undercutters]
    known = {
        "criteria": list(criteria), "undercutters": undercutters, "verdicts": [item.value for item in Verdict],
        "actions": list(actions), "rights": list(rights),
    }  # fmt: skip
    problems = []
    for name, route in routes.items():
        for conditions in (route.when, route.unless):
            for key, values in conditions.named.items():
                problems += [
                    _unknown(name, route, value, f"`{key}`", known[key]) for value in values if value not in known[key]
                ]
            for key, found in conditions.facts.items():
                predicate = vocabulary.predicates.get(key)
                if predicate is None:
                    problems.append(_unknown(name, route, key, "the vocabulary", [*known, *vocabulary.predicates]))
                else:
                    problems += _value_problems(name, route, predicate, found, vocabulary)
    return problems


def _value_problems(
    name: str, route: Route, predicate: Predicate, found: bool | tuple[str, ...], vocabulary: Vocabulary
) -> Iterator[Problem]:
    """Values that the arguments of a predicate do not have."""
    if isinstance(found, bool) or not found:
        if predicate.arity or not isinstance(found, bool):
            message = f"route `{name}`: `{predicate.id}` needs a list of values"
            yield Problem(_UNKNOWN, message, route.line, 1, route.path)
        return
    for value in found:
        parts = pattern_text(value).split(",")
        if len(parts) != predicate.arity:
            message = f"route `{name}`: `{value[:40]}` has {len(parts)} values, `{predicate.id}` has {predicate.arity}"
            yield Problem(_UNKNOWN, message, route.line, 1, route.path, help="write `_` for any value")
            continue
        for part, argument in zip(parts, predicate.args, strict=True):
            values = vocabulary.values(argument.type)
            if part != _ANY and part not in values:
                yield _unknown(name, route, part, f"`{predicate.id}`", values)


def _unknown(name: str, route: Route, word: str, among: str, known: Iterable[str]) -> Problem:
    message = f"route `{name}`: {among} has no `{word[:40]}`"
    return Problem(_UNKNOWN, message, route.line, 1, route.path, nearest=suggest(word, known))


def conditions_of(routes: Mapping[str, Route], leads: Mapping[str, RouteLead]) -> Iterator[RouteConditions]:
    """All conditions on which it depends which routes fit."""
    for route in routes.values():
        yield from (route.when, route.unless)
    for lead in leads.values():
        yield from lead.barred


class RouteIndex:
    """The conditions of routes, prepared: which signs of a case are needed, and which routes they satisfy."""

    def __init__(self, routes: dict[str, Route], leads: Mapping[str, RouteLead] | None = None) -> None:
        self._bars = {
            name: [list(bar.sets()) for bar in lead.barred] for name, lead in (leads or {}).items() if lead.barred
        }
        self._led_by = {name: route.led_by for name, route in routes.items()}
        everything = list(conditions_of(routes, leads or {}))
        self._by_sign: dict[Sign, list[_Entry]] = {}
        for number, (name, route) in enumerate(routes.items()):
            # A route is tried only where its first condition is met.
            first, *others = sorted(route.when.sets(), key=_is_on_the_result)
            forbidden = frozenset().union(*route.unless.sets())
            entry = (name, tuple(others), forbidden, _order(number, route), frozenset(route.when.criteria))
            for sign in first:
                self._by_sign.setdefault(sign, []).append(entry)
        self.predicates = frozenset(key for part in everything for key in part.facts)
        """The predicates on which a route has a condition."""
        self._signs = frozenset(sign for part in everything for one in part.sets() for sign in one)
        self._patterns: dict[str, list[tuple[tuple[str, ...], Sign]]] = {}
        for conditions in everything:
            for key, found in conditions.facts.items():
                for value in () if isinstance(found, bool) else found:
                    text = pattern_text(value)
                    pattern = (tuple(text.split(",")), (key, text))
                    if pattern not in self._patterns.setdefault(key, []):
                        self._patterns[key].append(pattern)

    def barred(self, signs: set[Sign]) -> frozenset[str]:
        """The kinds of leads to which nobody is sent in a case with these signs."""
        return frozenset(
            name
            for name, bars in self._bars.items()
            if any(not any(one.isdisjoint(signs) for one in bar) for bar in bars)
        )

    def signs_of_fact(self, predicate: str, args: tuple[str, ...], *, denied: bool) -> Iterator[Sign]:
        """The signs that a fact gives; of a denied one only that it is denied."""
        if denied:
            yield (predicate, "denied")
            return
        yield (predicate, "")
        for parts, sign in self._patterns.get(predicate, ()):
            if len(parts) == len(args) and all(part in (_ANY, arg) for part, arg in zip(parts, args, strict=True)):
                yield sign

    def depends_on(self, predicate: str, args: tuple[str, ...], *, denied: bool) -> bool:
        """Whether a condition of a route asks for a fact."""
        return not self._signs.isdisjoint(self.signs_of_fact(predicate, args, denied=denied))

    def fitting(self, signs: set[Sign], findings: tuple[str, ...]) -> tuple[str, ...]:
        """The routes that fit, the best first.

        Urgent routes come first and general ones last. Among them the most specific come first: those with more
        conditions, then those with fewer alternatives in their conditions. Then come those for the weightier finding,
        and those that stand first in the base. `findings` are the criteria that apply, the weightiest first. Conditions
        on the verdict and on the action do not count. A route led by somebody to whom nobody is sent here fits not.
        """
        rank = {name: number for number, name in enumerate(findings)}
        by_sign, barred = self._by_sign, self.barred(signs)
        found = set()
        for sign in signs & by_sign.keys():
            for name, others, forbidden, (place, specificity, breadth, number), criteria in by_sign[sign]:
                if self._led_by[name] in barred or not forbidden.isdisjoint(signs):
                    continue
                if not any(one.isdisjoint(signs) for one in others):
                    weight = min((rank[item] for item in criteria if item in rank), default=len(rank))
                    found.add(((place, specificity, breadth, weight, number), name))
        return tuple(name for _, name in sorted(found))


_Entry = tuple[str, tuple[frozenset[Sign], ...], frozenset[Sign], tuple[int, int, int, int], frozenset[str]]


def _is_on_the_result(condition: frozenset[Sign]) -> bool:
    """Whether a condition asks for a verdict or an action: every case has one of each."""
    return any(key in ("verdicts", "actions") for key, _ in condition)


def _order(number: int, route: Route) -> tuple[int, int, int, int]:
    counted = [one for one in route.when.sets() if not _is_on_the_result(one)]
    return (route.general - route.urgent, -len(counted), sum(map(len, counted)), number)
