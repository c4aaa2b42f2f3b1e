// What the values of a case say about one another; see `legit/engine/exact_relations.py`.
import { bandIndex, symbolOf } from "./encode.js";

const lastDay = (date) => {
  const [year, month, day] = date.split("-").map(Number);
  if (day) return date;
  const last = new Date(Date.UTC(2000, month || 12, 0));
  last.setUTCFullYear(year, month || 12, 0);
  return last.toISOString().slice(0, 10);
};
const firstDay = (date) => (date + "-01-01").slice(0, 10);

const calendarOrder = (date) => [firstDay(date), lastDay(date), date].join(" ");

// The dates of a case, each with its number, from 1, in the order of the calendar.
export const numberDates = (dates) => {
  const ordered = [...dates].sort((a, b) => (calendarOrder(a) < calendarOrder(b) ? -1 : 1));
  return new Map(ordered.map((date, index) => [date, index + 1]));
};

export const dateRelations = (base, dates) => {
  const found = [];
  for (const [date, number] of dates) {
    for (const [other, otherNumber] of dates) {
      if (number !== otherNumber && lastDay(date) < firstDay(other)) {
        found.push(symbolOf(base.relations[0], [number, otherNumber]));
      }
    }
  }
  return found;
};

export const measureRelations = (base, facts, isTrusted) => {
  const found = { holding: [], disputed: [] };
  const stated = {};
  const compared = facts.filter((fact) => base.comparable.some(([, name]) => name === fact.predicate));
  if (compared.length < 2) return found;
  for (const fact of compared) {
    const band = bandIndex(base, base.predicates[fact.predicate].args[0], Number(fact.args[0]));
    ((stated[fact.predicate] ??= {})[band] ??= []).push(fact);
  }
  for (const [measure, ...names] of base.comparable) {
    const said = names.map((name) => stated[name] ?? {});
    for (const band of new Set([...Object.keys(said[0]), ...Object.keys(said[1])])) {
      const [mine, theirs] = said.map((of) => values(base, measure, Number(band), of[band], isTrusted));
      const results = new Set(mine.flatMap((value) => theirs.map((rival) => value > rival)));
      if (results.has(true)) found.holding.push(symbolOf(base.relations[1], [names[0], band, names[1], band]));
      if (results.size > 1) {
        [mine, theirs].forEach((of, place) => {
          if (of.length > 1 && base.predicates[names[place]].functional) {
            found.disputed.push(symbolOf(names[place], [band]));
          }
        });
      }
    }
  }
  return found;
};

const values = (base, measure, band, facts, isTrusted) => {
  const bounds = base.bands[measure];
  if (!facts?.length) return [band < bounds.length ? bounds[band] : bounds[bounds.length - 1] + 1];
  const believed = facts.filter((fact) => fact.truth === "true" && isTrusted(fact));
  return [...new Set((believed.length ? believed : facts).map((fact) => Number(fact.args[0])))];
};
