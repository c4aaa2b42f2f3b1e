// Writes facts as sentences, as `legit/language/writer.py` does with the first form of each predicate.

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

export const quote = (text) => {
  if (!text.includes('"')) return `"${text}"`;
  if (/[\u201c\u201d]/u.test(text)) return `"${text.replaceAll('"', '""')}"`;
  return `\u201c${text}\u201d`;
};

const duration = (words, hours) => {
  const fits = words.units.filter(([size]) => hours % size === 0);
  const [size, one, many] = fits.find(([of]) => of <= hours) ?? words.units.at(-1);
  const number = hours / size;
  return `${number} ${number === 1 ? one : many}`;
};

const phrase = (base, type, value) => {
  const { words } = base;
  if (words.values[type]) return words.values[type][value] ?? String(value);
  if (typeof value === "string") return type === "date" ? value : quote(value);
  if (type === "years") return value === 1 ? "1 year" : `${value} years`;
  if (type === "count") return value === 1 ? "1 time" : `${value} times`;
  return duration(words, value);
};

export const sentenceOf = (base, fact) => {
  const [affirmed, denied] = base.words.sentences[fact.predicate];
  const types = base.predicates[fact.predicate].args;
  const write = (template) =>
    capital(template.map((part) => (typeof part === "string" ? part : phrase(base, types[part], fact.args[part]))).join(""));
  let body = write(fact.truth === "false" ? denied : affirmed);
  if (fact.truth === "unknown") body = `${capital(base.words.unknown)} ${body.slice(0, 1).toLowerCase()}${body.slice(1)}`;
  return fact.detail ? `${body}: ${quote(fact.detail)}.` : `${body}.`;
};

const speakerMark = ({ kind, reference }) =>
  kind === "user" && !reference ? "" : ` [${kind}${reference ? ` ${quote(reference)}` : ""}]`;

export const writeFact = (base, fact) => sentenceOf(base, fact) + speakerMark(fact.speaker);

// The facts of a case as the editor and the switches take them.
export const factViews = (base, facts) => facts.map((fact, index) => {
  const text = writeFact(base, fact);
  const sentences = {};
  for (const truth of ["true", "false", "unknown"]) sentences[truth] = writeFact(base, { ...fact, truth });
  return { line: index + 1, column: 1, text, sentences, fact };
});
