// A switch at every fact: what if it were true, false, unknown or not said? The case stays as it is written.
import { fill, find, h } from "../dom.js";
import { settings, word } from "../words.js";

const VALUES = ["true", "false", "unknown", "out"];

// The chosen switches by what identifies a fact, so that they outlive a change of the text.
const chosen = new Map();
const keyOf = ({ fact }) => JSON.stringify([fact.predicate, fact.args, fact.truth, fact.speaker]);

export const switched = (facts) => facts.some((item) => chosen.has(keyOf(item)));
export const resetSwitches = () => chosen.clear();

export const showFacts = (facts, changed, mark) => {
  const keys = new Set(facts.map(keyOf));
  for (const key of chosen.keys()) if (!keys.has(key)) chosen.delete(key);
  find("facts-section").hidden = !facts.length;
  fill(find("facts"), ...facts.map((item, number) => row(item, number, changed, mark)));
};

const row = (item, number, changed, mark) => {
  const key = keyOf(item);
  const now = chosen.get(key) ?? item.fact.truth;
  const option = (value) => {
    const id = `switch-${number}-${value}`;
    const input = h("input", { type: "radio", name: `switch-${number}`, id, value, checked: now === value, "data-key": `${key}:${value}`,
      onchange: () => {
        if (value === item.fact.truth) chosen.delete(key);
        else chosen.set(key, value);
        changed();
      } });
    return [input, h("label", { for: id }, word(`switch_${value}`))];
  };
  const element = h("div", { class: chosen.has(key) ? "fact switched" : "fact", role: "radiogroup", "aria-labelledby": `fact-${number}` },
    h("span", { id: `fact-${number}` }, item.text), h("span", { class: "switch" }, VALUES.map(option)));
  element.addEventListener("mouseenter", () => mark([item.line]));
  element.addEventListener("mouseleave", () => mark([]));
  element.addEventListener("focusin", () => mark([item.line]));
  element.addEventListener("focusout", () => mark([]));
  return element;
};

// The facts as switched: as data, and as the text in which the sentences of switched facts are replaced.
export const switchedFacts = (facts) => facts.flatMap((item) => {
  const value = chosen.get(keyOf(item));
  if (value === "out") return [];
  return [value ? { ...item.fact, truth: value } : item.fact];
});

export const switchedText = (text, facts) => {
  const lines = text.split("\n");
  const last = [...facts].sort((a, b) => b.line - a.line || b.column - a.column);
  for (const item of last) {
    const value = chosen.get(keyOf(item));
    if (!value) continue;
    const line = lines[item.line - 1];
    const start = item.column - 1;
    const end = start + item.text.length;
    lines[item.line - 1] = line.slice(0, start) + (value === "out" ? "" : item.sentences[value]) + line.slice(end);
  }
  return lines.join("\n");
};

// What differs between two answers.
export const showDifference = (before, after, { reset, adopt }) => {
  const place = find("difference");
  if (!before || !after) {
    fill(place);
    return;
  }
  const shown = differences(before, after);
  fill(place, h("h3", {}, word("difference")),
    h("p", { class: `verdict small ${after.verdict}` }, h("strong", {}, after.heading)),
    shown.length ? h("dl", {}, shown.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])) : h("p", {}, word("difference_none")),
    h("div", { class: "choices" },
      h("button", { type: "button", "data-key": "reset", onclick: reset }, word("reset")),
      settings.service && h("button", { type: "button", "data-key": "adopt", onclick: adopt }, word("adopt"))));
};

const differences = (before, after) => {
  const found = [];
  const differ = (name, one, other) => {
    if (one !== other) found.push([name, word("to", { before: one || word("none"), after: other || word("none") })]);
  };
  differ(word("difference_verdict"), before.heading, after.heading);
  differ(word("difference_guidance"), before.guidance[0], after.guidance[0]);
  differ(word("difference_harm"), before.harm_level, after.harm_level);
  const titles = new Map([...before.findings, ...after.findings].map((item) => [item.criterion, item.title]));
  const effects = [before, after].map((answer) => new Map(answer.findings.map((item) => [item.criterion, item.label])));
  for (const [criterion, title] of titles) differ(title, effects[0].get(criterion), effects[1].get(criterion));
  return found;
};
