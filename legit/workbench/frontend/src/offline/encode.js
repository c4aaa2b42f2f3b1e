// The inputs of a case, as `legit/engine/case_encoder.py` encodes them. A fact is
// {predicate, args, truth, speaker: {kind, reference}}.
import { dateRelations, measureRelations, numberDates } from "./relations.js";

// Why a case is not decided here.
export class NotHere extends Error {}

const UNSEEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|[\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

// Two spellings of one name fold to the same text. Upper and then lower case also folds what has no single upper case.
export const foldText = (text) =>
  text.normalize("NFC").replace(UNSEEN, "").normalize("NFC").toUpperCase().toLowerCase().split(/\s+/u)
    .filter(Boolean).join(" ").normalize("NFC");

export const bandIndex = (base, measure, value) => {
  const index = base.bands[measure].findIndex((bound) => value <= bound);
  return index < 0 ? base.bands[measure].length : index;
};

export const symbolOf = (name, args) => (args.length ? `${name}(${args.join(",")})` : name);

const trusted = (base, fact) => !base.untrusted.includes(fact.speaker.kind);

export const encodeCase = (base, facts) => {
  const known = facts.filter((fact) => {
    const predicate = base.predicates[fact.predicate];
    if (!predicate) throw new NotHere("vocabulary");
    return !predicate.informational;
  });
  const names = new Map();
  const dates = dateNumbers(base, known);
  const bySymbol = new Map();
  for (const fact of known) {
    const args = fact.args.map((value, place) => encodeValue(base, fact, place, value, names, dates));
    const symbol = symbolOf(fact.predicate, args);
    bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), fact]);
  }
  if (names.size > base.names || dates.size > base.dates) throw new NotHere("names");
  const compared = measureRelations(base, known, (fact) => trusted(base, fact));
  const disputed = new Set([...disputedSymbols(base, bySymbol), ...compared.disputed]);
  const inputs = { yes: [...dateRelations(base, dates), ...compared.holding, ...lawInputs(base, facts)], open: [] };
  for (const [symbol, said] of bySymbol) {
    const truth = agreedTruth(base, said);
    if (truth === "unknown" || disputed.has(symbol)) inputs.open.push(symbol);
    else if (truth === "true") inputs.yes.push(symbol);
  }
  const stated = new Set(known.map((fact) => fact.predicate));
  for (const [name, symbols] of Object.entries(base.openByDefault)) if (!stated.has(name)) inputs.open.push(...symbols);
  return { ...inputs, facts: bySymbol };
};

const dateNumbers = (base, facts) => {
  const dates = new Set();
  for (const fact of facts) {
    fact.args.forEach((value, place) => {
      if (base.predicates[fact.predicate].args[place] === "date") dates.add(String(value));
    });
  }
  return numberDates(dates);
};

const encodeValue = (base, fact, place, value, names, dates) => {
  const type = base.predicates[fact.predicate].args[place];
  if (type === "date") return String(dates.get(String(value)));
  if (type === "name") {
    const folded = foldText(String(value));
    if (!names.has(folded)) names.set(folded, names.size + 1);
    return String(names.get(folded));
  }
  return base.bands[type] ? String(bandIndex(base, type, Number(value))) : String(value);
};

const agreedTruth = (base, said) => {
  if (said.length === 1 && trusted(base, said[0])) return said[0].truth;
  const truths = new Set(said.filter((fact) => trusted(base, fact)).map((fact) => fact.truth));
  truths.delete("unknown");
  return truths.size === 1 ? [...truths][0] : "unknown";
};

const disputedSymbols = (base, bySymbol) => {
  const affirmed = new Map();
  for (const [symbol, said] of bySymbol) {
    if (!said.some((fact) => fact.truth === "true" && trusted(base, fact))) continue;
    const name = said[0].predicate;
    affirmed.set(name, [...(affirmed.get(name) ?? []), symbol]);
  }
  const found = [];
  for (const [name, symbols] of affirmed) {
    const spec = base.predicates[name];
    if (spec.functional && symbols.length > 1) found.push(...symbols);
    for (const other of spec.excludes ?? []) {
      for (const symbol of symbols) {
        for (const rival of affirmed.get(other) ?? []) {
          if (exclusive(base, bySymbol.get(symbol)[0], bySymbol.get(rival)[0])) found.push(symbol, rival);
        }
      }
    }
  }
  return found;
};

const exclusive = (base, one, other) => {
  const [mine, theirs] = [base.predicates[one.predicate].args, base.predicates[other.predicate].args];
  return String(mine) !== String(theirs) || JSON.stringify(one.args) === JSON.stringify(other.args);
};

// What the place says of the law. The periods of its sources are not here: a case that dates an event is not decided.
const lawInputs = (base, facts) => {
  if (!base.law) return [];
  const said = (name) => facts.filter((fact) => fact.predicate === name && fact.truth === "true" && trusted(base, fact));
  const places = new Set(said(base.law.place).map((fact) => String(fact.args[0])));
  if (places.size !== 1) return [];
  if (said(base.law.date).length) throw new NotHere("law");
  return base.law.symbols[base.law.places[[...places][0]]] ?? [];
};
