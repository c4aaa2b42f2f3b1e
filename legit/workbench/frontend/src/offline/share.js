// A case in the fragment of a link: its facts, compressed. A browser sends no fragment to anybody.

const stream = async (bytes, transform) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer());

const toText = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

export const shareFragment = async ({ name, profile, digest, facts }) => {
  const kept = facts.map(({ predicate, args, truth, speaker, detail }) =>
    [predicate, args, truth, speaker.kind, speaker.reference ?? "", detail ?? ""]);
  const text = JSON.stringify({ v: 1, name, profile, digest: digest.slice(0, 16), facts: kept });
  return `#case=${toText(await stream(new TextEncoder().encode(text), new CompressionStream("deflate-raw")))}`;
};

// Facts as data from the form in which links and `cases.js` have them.
export const unpackFacts = (facts) => facts.map(([predicate, args, truth, kind, reference, detail]) =>
  ({ predicate, args, truth, speaker: { kind, reference: reference || null }, detail: detail || null }));

const MAX_BYTES = 1 << 20;
const TRUTHS = ["true", "false", "unknown"];
const KINDS = ["user", "document", "record", "operator", "inferred"];

// The case of a fragment, null where it holds none. What it says is checked: a link may come from anybody.
export const sharedCase = async (fragment) => {
  const found = /^#case=([\w-]+)$/u.exec(fragment);
  if (!found || found[1].length > MAX_BYTES) return null;
  try {
    const bytes = await stream(toBytes(found[1]), new DecompressionStream("deflate-raw"));
    const data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (data.v !== 1 || !Array.isArray(data.facts)) return null;
    const facts = unpackFacts(data.facts);
    const sound = facts.every((fact) => typeof fact.predicate === "string" && Array.isArray(fact.args)
      && fact.args.every((value) => typeof value === "string" || Number.isSafeInteger(value))
      && TRUTHS.includes(fact.truth) && KINDS.includes(fact.speaker.kind));
    return sound ? { name: String(data.name ?? ""), profile: String(data.profile ?? ""), digest: String(data.digest ?? ""), facts } : null;
  } catch {
    return null;
  }
};

// Whether a base has the predicates and values of some facts.
export const fitsBase = (base, facts) => facts.every((fact) => {
  const known = base.predicates[fact.predicate];
  if (!known || known.args.length !== fact.args.length) return false;
  return known.args.every((type, place) => {
    const [value, values] = [fact.args[place], base.words.values[type]];
    if (values) return Object.hasOwn(values, value);
    return type === "date" ? /^\d{4}(-\d\d){0,2}$/u.test(value) : base.bands[type] ? typeof value === "number" : typeof value === "string";
  });
});
