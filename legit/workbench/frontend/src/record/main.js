// The screen of the decision log: its decisions by filters, in figures, and one at a time.
import { fill, find, h } from "../dom.js";
import { Refused, get } from "../service.js";
import { settings, word } from "../words.js";
import { showDecision } from "./decision.js";
import { showFigures } from "./figures.js";
import { setUpLog } from "./log.js";

const PAGE = 1000;
const MAX_ROWS = 20_000;
const SHOWN = 100;
const state = { rows: [], shown: SHOWN, turn: 0 };

const query = () => {
  const found = new URLSearchParams();
  for (const [name, value] of new FormData(find("filter-form"))) if (value.trim()) found.append(name, value.trim());
  return found;
};

const load = async () => {
  const mine = (state.turn += 1);
  Object.assign(state, { rows: [], shown: SHOWN });
  const place = find("record-state");
  place.textContent = word("loading");
  const params = query();
  params.set("limit", PAGE);
  try {
    for (let after = -1; after !== null && state.rows.length < MAX_ROWS;) {
      params.set("after", after);
      const page = await get(`v1/log/decisions?${params}`);
      if (mine !== state.turn) return;
      state.rows.push(...page.decisions);
      after = page.next;
      if (state.rows.length <= PAGE) show();
    }
    place.textContent = word("found", { count: state.rows.length });
  } catch (error) {
    place.textContent = error instanceof Refused ? error.message : word("no_service");
  }
  show();
};

const show = () => {
  showFigures(state.rows);
  fill(find("decisions"), ...state.rows.slice(0, state.shown).map(row));
  find("more-rows").hidden = state.rows.length <= state.shown;
  find("decisions-table").hidden = !state.rows.length;
};

const row = (item) => h("tr", {},
  h("td", {}, h("button", { type: "button", class: "place", "data-key": `d:${item.number}`, "aria-label": word("open_decision", { number: item.number }),
    onclick: () => showDecision(item.number, load) }, String(item.number))),
  h("td", {}, String(item.time).slice(0, 16).replace("T", " ")),
  h("td", {}, item.case),
  h("td", {}, h("span", { class: `effect ${item.verdict}` }, item.verdict)),
  h("td", {}, item.guidance, item.override_action && h("span", { class: "quiet" }, ` ${word("overridden_to", { action: item.override_action })}`)));

const start = () => {
  if (!settings.log) {
    find("record-state").textContent = word("record_needs_service");
    find("record-body").hidden = true;
    return;
  }
  find("filter-form").addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  find("filter-form").addEventListener("reset", () => setTimeout(load));
  find("more-rows").addEventListener("click", () => {
    state.shown += SHOWN;
    show();
  });
  setUpLog();
  load();
};

start();
