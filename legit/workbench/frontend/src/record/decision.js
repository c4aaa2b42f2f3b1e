// One decision on record: what was said and answered, later entries about it, and what may be done with it.
import { fill, find, h, section } from "../dom.js";
import { Refused, get, post } from "../service.js";
import { settings, word } from "../words.js";

let opened = null;

export const showDecision = async (number, changed) => {
  opened = number;
  const place = find("decision");
  place.hidden = false;
  find("decision-heading").textContent = word("decision_number", { number });
  try {
    const found = await get(`v1/log/decisions/${number}`);
    if (opened !== number) return;
    fill(find("decision-body"), ...parts(found, () => {
      changed();
      showDecision(number, changed);
    }));
  } catch (error) {
    fill(find("decision-body"), h("p", { class: "note" }, told(error)));
  }
  place.focus();
};

const told = (error) => (error instanceof Refused ? error.message : word("no_service"));

const parts = (found, again) => {
  const { answer, provenance, caller } = found.entry;
  const titles = new Map(settings.criteria);
  const facts = [[word("verdict"), answer.verdict], [word("guidance"), answer.action], [word("decided_at"), found.entry.time],
    [word("profile"), provenance.profile], [word("base_digest"), provenance.base_digest.slice(0, 16)],
    ...Object.entries(caller)];
  return [
    ...found.warnings.map((warning) => h("p", { class: "notice" }, warning)),
    h("p", { class: `verdict small ${answer.verdict}` }, h("strong", {}, answer.verdict.toUpperCase())),
    h("dl", {}, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))])),
    section(word("sentences"), h("pre", { class: "sentences" }, found.case)),
    section(word("against"), h("ul", { class: "plain" }, answer.findings.map((item) => h("li", {}, titles.get(item.criterion) ?? item.criterion,
      h("span", { class: `effect ${item.effect}` }, settings.effects[item.effect]))))),
    found.annotations.length > 0 && section(word("later"), h("ul", { class: "plain" }, found.annotations.map(({ number, entry }) => h("li", {},
      word(`later_${entry.kind}`, { number, by: entry.by, why: entry.why }))))),
    h("div", { class: "choices" },
      h("button", { type: "button", onclick: () => explain(found) }, word("explain_today")),
      h("button", { type: "button", onclick: () => replay(found.number, "") }, word("replay_then")),
      settings.profiles.map(({ id, title }) =>
        h("button", { type: "button", onclick: () => replay(found.number, id) }, word("replay_under", { profile: title })))),
    h("div", { id: "replayed", role: "status" }),
    form("override", found.number, again), form("redact", found.number, again),
  ];
};

const explain = (found) => {
  localStorage.setItem("legit-case", found.case);
  location.assign("case.html");
};

const replay = async (number, profile) => {
  const place = find("replayed");
  place.textContent = word("loading");
  try {
    const found = await get(`v1/log/decisions/${number}/replay${profile ? `?profile=${encodeURIComponent(profile)}` : ""}`);
    fill(place, h("p", { class: `verdict small ${found.assessment.verdict}` }, h("strong", {}, found.assessment.verdict.toUpperCase()),
      h("span", {}, ` ${found.same ? word("replay_same") : word("replay_other")}`)),
    h("ul", { class: "plain" }, found.changes.map((text) => h("li", {}, text))));
  } catch (error) {
    place.textContent = told(error);
  }
};

// Who, and why: an override, or the erasure of the texts of a decision.
const form = (kind, number, again) => {
  const state = h("p", { role: "status" });
  const input = (name, label) => h("p", {}, h("label", { for: `${kind}-${name}` }, label), h("input", { id: `${kind}-${name}`, name, required: true, autocomplete: "off" }));
  const send = async (event) => {
    event.preventDefault();
    const { by, why } = Object.fromEntries(new FormData(event.target));
    try {
      await post(`v1/log/decisions/${number}/${kind}`, { by, why });
      again();
    } catch (error) {
      state.textContent = told(error);
    }
  };
  return h("details", {}, h("summary", {}, word(`${kind}_title`)), h("p", { class: "hint" }, word(`${kind}_help`)),
    h("form", { class: "entry", onsubmit: send }, input("by", word("entry_by")), input("why", word("entry_why")),
      h("button", {}, word(`${kind}_do`))), state);
};
