// Decides a case as `Judge.decide` does, with the compiled pass of a base (`legit/workbench/offline_base.py`).
import { NotHere, encodeCase } from "./encode.js";
import { makeSpace } from "./space.js";

const MAX_SCENARIOS = 1 << 16;
const ATTESTED_TOO = ["harm_finding", "method_harm_level", "guidance", "requires_attestation"];

// The decision of some facts. Throws NotHere for a case that needs a service; its message says why.
export const decide = (base, facts) => {
  const inputs = encodeCase(base, facts);
  const results = withAttestedHarm(base, inputs, consequences(base, inputs.yes, inputs.open));
  return read(base, results);
};

const effectsOf = (base, symbol) => {
  const [name, rest] = symbol.split("(");
  return base.effects[base.inputs[name]?.[rest?.slice(0, -1) ?? ""]];
};

const consequences = (base, yes, open) => {
  const relevant = (symbols) => symbols.map((symbol) => [symbol, effectsOf(base, symbol)]).filter(([, made]) => made);
  const stated = relevant(yes);
  const holding = new Set(stated.flatMap(([, made]) => [...made[0].map((place) => `s${place}`), ...made[1]]));
  const opened = relevant(open).filter(([, made]) =>
    [...made[0].map((place) => `s${place}`), ...made[1]].some((atom) => !holding.has(atom)));
  const spread = (sizes) => {
    if (sizes.reduce((product, size) => product * size, 1) > MAX_SCENARIOS) throw new NotHere("scenarios");
    const space = makeSpace(sizes);
    const sources = new Array(base.sources).fill(0n);
    const masks = new Map();
    const set = ([, made], mask) => {
      for (const place of made[0]) sources[place] |= mask;
      for (const atom of made[1]) masks.set(atom, (masks.get(atom) ?? 0n) | mask);
    };
    stated.forEach((input) => set(input, space.all));
    opened.forEach((input, number) => set(input, space.where(number, 1)));
    return { space, sources, masks };
  };
  const sizes = opened.map(() => 2);
  let { space, sources, masks } = spread(sizes);
  const conditions = base.conditions(sources, space.all);
  const choices = base.choices.filter(([condition]) => conditions.has(condition));
  if (choices.length) {
    ({ space, sources, masks } = spread([...sizes, ...choices.map(([, alternatives]) => alternatives.length)]));
    const where = base.conditions(sources, space.all);
    choices.forEach(([condition, alternatives], number) => alternatives.forEach((heads, value) => {
      const mask = space.where(sizes.length + number, value) & (where.get(condition) ?? 0n);
      for (const place of heads) sources[place] |= mask;
    }));
  }
  for (const [atom, mask] of base.run(sources, space.all)) masks.set(atom, (masks.get(atom) ?? 0n) | mask);
  return grouped(base, masks, space.all);
};

// The arguments of results by predicate: in every scenario, and in some.
const grouped = (base, masks, all) => {
  const found = { cautious: {}, brave: {} };
  const add = (kind, [name, ...args]) => (found[kind][name] ??= []).push(args);
  for (const result of base.fixed) ["cautious", "brave"].forEach((kind) => add(kind, result));
  for (const [atom, mask] of masks) {
    if (!mask || !base.results[atom]) continue;
    add("brave", base.results[atom]);
    if (mask === all) add("cautious", base.results[atom]);
  }
  return found;
};

// Harm that an undercutter sets aside which nobody but the user attests is possible; `legit/engine/attested_harm.py`.
const withAttestedHarm = (base, inputs, derived) => {
  const needed = (derived.brave.requires_attestation ?? []).map(String);
  if (!needed.length) return derived;
  const bears = (symbol) => (effectsOf(base, symbol)?.[2] ?? [])
    .some((atom) => needed.includes(String(base.results[atom].slice(1))));
  const opened = [...inputs.facts].filter(([symbol, said]) => !inputs.open.includes(symbol)
    && said.every((fact) => base.ownWord.includes(fact.speaker.kind)) && bears(symbol)).map(([symbol]) => symbol);
  if (!opened.length) return derived;
  const yes = inputs.yes.filter((symbol) => !opened.includes(symbol));
  const again = consequences(base, yes, [...new Set([...inputs.open, ...opened])]);
  for (const name of ATTESTED_TOO) {
    const sure = new Set((again.cautious[name] ?? []).map(String));
    derived.cautious[name] = (derived.cautious[name] ?? []).filter((args) => sure.has(String(args)));
    derived.brave[name] = [...(again.brave[name] ?? []), ...(derived.brave[name] ?? [])];
  }
  return derived;
};

const read = (base, { cautious, brave }) => {
  const first = (kind, name) => (kind[name] ?? []).map((args) => args[0]);
  const byCaution = (result, values) => {
    const order = base.caution[result] ?? [];
    const rank = (value) => (order.includes(value) ? order.indexOf(value) : order.length);
    return [...new Set(values)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0] ?? "";
  };
  const verdicts = first(cautious, "verdict");
  const verdict = verdicts.length === 1 ? verdicts[0] : "undetermined";
  const witnesses = Math.max(1, ...first(brave, "requires_witnesses").map(Number));
  if (witnesses > 1 && verdict !== "undetermined") throw new NotHere("witnesses");
  const ofDefeat = (result) => (verdict === "defeated" ? byCaution(result, first(brave, result)) : "");
  const stances = cautious.stance?.length ? first(cautious, "stance") : first(brave, "stance");
  const actions = (brave.guidance ?? []).filter(([of]) => of === verdict).map(([, action]) => action);
  return {
    verdict,
    scope: ofDefeat("defeat_scope"),
    consequence: ofDefeat("consequence"),
    stance: stances.length === 1 ? stances[0] : "",
    action: byCaution("guidance", actions),
    method_harm: byCaution("method_harm_level", first(brave, "method_harm_level")),
    findings: findings(base, cautious, brave, first),
  };
};

const findings = (base, cautious, brave, first) => {
  const effects = new Map();
  for (const effect of ["defeats", "tied", "outweighed"]) {
    for (const name of first(cautious, effect)) effects.set(name, effect);
  }
  const sure = new Set(first(cautious, "applies"));
  const weighed = new Map(base.criteria);
  for (const name of first(brave, "applies")) {
    if (!effects.has(name) && weighed.get(name)) effects.set(name, sure.has(name) ? "open" : "possible");
  }
  const place = new Map(base.criteria.map(([name], number) => [name, number]));
  const order = base.effectOrder;
  return [...effects].sort((a, b) => order.indexOf(a[1]) - order.indexOf(b[1]) || place.get(a[0]) - place.get(b[0]));
};
