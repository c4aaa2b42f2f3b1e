// What a form means and which criteria read it: on hover, and for the sentence at the cursor.
import { fill, find, h } from "../dom.js";
import { settings, word } from "../words.js";

const known = (item) => settings.forms[item.fact.predicate];

export const factAt = (facts, line, column) =>
  facts.find((item) => item.line === line && item.column <= column && column <= item.column + item.text.length)
  ?? facts.find((item) => item.line === line);

export const aboutFact = (item) => {
  const form = item && known(item);
  if (!form) return null;
  return h("div", { class: "about" },
    h("p", {}, h("a", { href: form.href }, form.title)),
    h("p", {}, form.topic),
    form.synonyms.length > 0 && h("p", {}, `${word("instead")}: ${form.synonyms.join(" · ")}`),
    h("p", {}, form.criteria.length
      ? [`${word("read_by")}: `, form.criteria.map(([title, href], number) => [number ? ", " : "", h("a", { href }, title)])]
      : word("read_by_none")));
};

export const showAbout = (item) => {
  const about = aboutFact(item);
  find("about-section").hidden = !about;
  fill(find("about"), about);
};
