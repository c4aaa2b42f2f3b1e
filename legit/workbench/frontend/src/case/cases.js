// The examples and precedents of the base: to open, and to find those that are most like a case.
import { fill, find, h } from "../dom.js";
import { loadScript } from "../service.js";
import { word } from "../words.js";

const MAX_SHOWN = 60;

// Each: {kind, title, note, text, href, verdict, criteria, rights}
export const loadCases = async () => {
  await loadScript("cases.js");
  return globalThis.legitCases;
};

export const openExamples = async (open) => {
  const dialog = find("examples-dialog");
  const cases = await loadCases();
  const input = find("examples-filter");
  const show = () => {
    const wanted = input.value.toLowerCase().split(/\s+/u).filter(Boolean);
    const found = cases.filter((item) => item.facts.length).filter((item) => {
      const text = `${item.title} ${item.note} ${item.text}`.toLowerCase();
      return wanted.every((part) => text.includes(part));
    });
    fill(find("examples-list"), ...found.slice(0, MAX_SHOWN).map((item) => h("li", {},
      h("button", { type: "button", class: "example", onclick: () => {
        dialog.close();
        open(item);
      } }, h("strong", {}, item.title), h("span", { class: "quiet" }, ` ${word(`kind_${item.kind}`)}`), item.note && h("span", { class: "note" }, item.note)))));
  };
  input.oninput = show;
  input.value = "";
  show();
  dialog.showModal();
};

const shared = (mine, theirs) => [...mine].filter((item) => theirs.has(item));

// The precedents that share most reasons and rights with an answer (Jaccard), the same verdict first among equals.
export const nearestPrecedents = (cases, answer, limit = 3) => {
  const mine = new Set([...answer.findings.filter((item) => item.effect !== "possible").map((item) => item.criterion), ...answer.right_ids]);
  const scored = cases.filter((item) => item.kind === "precedent").map((item) => {
    const theirs = new Set([...item.criteria, ...item.rights]);
    const both = shared(mine, theirs);
    return { item, both, score: both.length / (mine.size + theirs.size - both.length || 1) + (item.verdict === answer.verdict ? 1e-6 : 0) };
  });
  return scored.filter(({ both }) => both.length).sort((a, b) => b.score - a.score).slice(0, limit);
};
