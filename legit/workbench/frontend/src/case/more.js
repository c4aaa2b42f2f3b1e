// What is asked for: why not another answer, the proof, the nearest decided cases, other profiles.
import { fill, find, h, section } from "../dom.js";
import { offlineView } from "../offline/answer.js";
import { Refused, passOf, post } from "../service.js";
import { settings, word } from "../words.js";
import { loadCases, nearestPrecedents } from "./cases.js";

let current = null;
let editor = null;

export const setUpMore = (state, itsEditor, actions) => {
  current = state;
  editor = itsEditor;
  if (settings.service) actions.whyNot = (target) => {
    find("why-not-target").value = target;
    find("why-not").open = true;
    find("why-not").scrollIntoView({ block: "nearest" });
    whyNot(target);
    find("why-not-answer").focus();
  };
  find("why-not-form").addEventListener("submit", (event) => {
    event.preventDefault();
    whyNot(find("why-not-target").value);
  });
  for (const [name, show] of [["proof", showProof], ["precedents", showPrecedents], ["compare", showComparison]]) {
    find(name).addEventListener("toggle", () => find(name).open && show());
  }
};

// Called when there is a new answer: what is open is brought up to date.
export const showMore = (state) => {
  find("more").hidden = !state.view.answer;
  if (!state.view.answer) return;
  fill(find("why-not-answer"));
  for (const [name, show] of [["proof", showProof], ["precedents", showPrecedents], ["compare", showComparison]]) {
    if (find(name).open) show();
  }
};

const ask = (path, more = {}) => post(path, { text: editor.text(), profile: current.profile, ...more });

const told = async (place, make) => {
  place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes()) fill(place, h("p", { class: "note" }, word("loading")));
  try {
    fill(place, ...(await make()));
  } catch (error) {
    fill(place, h("p", { class: "note" }, error instanceof Refused ? error.message : word("no_service")));
  }
  place.removeAttribute("aria-busy");
};

const whyNot = (target) => told(find("why-not-answer"), async () => {
  const found = await ask("v1/workbench/why-not", { target });
  return [h("p", {}, found.summary), bullets(found.blockers), bullets(found.changes), found.roots.length > 0 && outline(found.nodes, found.roots)].filter(Boolean);
});

const bullets = (texts) => (texts.length ? h("ul", { class: "plain" }, texts.map((text) => h("li", {}, text))) : "");

const showProof = () => told(find("proof-body"), async () => {
  const found = await ask("v1/workbench/proof");
  return [
    section(word("proof_graph"), h("div", { class: "scroll drawing", tabindex: "0", role: "group", "aria-label": word("proof_graph") }, drawing(found.svg))),
    section(word("proof_words"), outline(found.nodes, found.roots)),
    section(word("changes"), ...found.changes.map(({ summary, sets }) => [h("p", {}, summary), bullets(sets)])),
    section(word("sensitivity"), bullets(found.sensitivity)),
  ];
});

// SVG of the service, as elements: nothing in it runs.
const drawing = (svg) => {
  const parsed = new DOMParser().parseFromString(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '), "image/svg+xml");
  return document.importNode(parsed.documentElement, true);
};

const outline = (nodes, roots) => {
  const seen = new Set();
  const item = (id) => {
    const node = nodes[id];
    const again = seen.has(id);
    seen.add(id);
    return h("li", {}, h("span", { class: `status ${node.status}` }, node.label), " ", node.text,
      node.line > 0 && [" ", h("button", { type: "button", class: "place", onclick: () => editor.goTo(node.line, 1) }, word("line", { lines: node.line }))],
      !again && node.children.length > 0 && h("ul", {}, node.children.map(item)));
  };
  return h("ul", { class: "outline" }, roots.map(item));
};

const showPrecedents = () => told(find("precedents-body"), async () => {
  const titles = new Map(settings.criteria);
  const found = nearestPrecedents(await loadCases(), current.view.answer);
  if (!found.length) return [h("p", {}, word("precedents_none"))];
  return [h("ul", { class: "plain cases" }, found.map(({ item, both }) => h("li", {},
    h("a", { href: item.href }, item.title), " ", h("span", { class: `effect ${item.verdict}` }, item.verdict),
    h("p", { class: "quiet" }, word("shares", { what: both.map((name) => titles.get(name) ?? name).join(", ") })))))];
});

const withPacks = new Set();

const showComparison = () => told(find("compare-body"), async () => {
  const columns = [];
  for (const { id, title } of settings.profiles) columns.push([title, id === current.profile ? current.view : await under(id)]);
  for (const pack of withPacks) columns.push([pack, await under(current.profile, pack)]);
  const views = columns.map(([, view]) => view);
  const names = new Map(views.flatMap((view) => view.answer?.findings ?? []).map((item) => [item.criterion, item.title]));
  const effect = (view, criterion) => view.answer?.findings.find((item) => item.criterion === criterion)?.label ?? "–";
  const row = (title, cells) => h("tr", { class: new Set(cells).size > 1 ? "differs" : "" }, h("th", { scope: "row" }, title), cells.map((text) => h("td", {}, text)));
  return [packChoices(), h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": word("compare") }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, word("compare_as")), columns.map(([title]) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, row(word("verdict"), views.map((view) => view.answer?.heading ?? view.note ?? word("no_answer"))),
      row(word("guidance"), views.map((view) => view.answer?.guidance[0] ?? "")),
      [...names].map(([criterion, title]) => row(title, views.map((view) => effect(view, criterion)))))))];
});

const packChoices = () => settings.packs.length > 0 && h("fieldset", { class: "packs" }, h("legend", {}, word("compare_with")),
  settings.packs.map((pack) => h("label", {}, h("input", {
    type: "checkbox", checked: withPacks.has(pack), "data-key": pack,
    onchange: (event) => {
      if (event.target.checked) withPacks.add(pack);
      else withPacks.delete(pack);
      showComparison();
    },
  }), ` ${pack}`)));

const under = async (profile, pack = "") => {
  if (settings.service) return post("v1/workbench/case", { text: editor.text(), profile, pack });
  return offlineView(await passOf(profile), current.view.facts.map((item) => item.fact));
};
