// The log as a whole: its head, whether it is valid, against a head that was kept elsewhere, and all of it as a file.
import { fill, find, h } from "../dom.js";
import { Refused, get } from "../service.js";
import { word } from "../words.js";

const told = (error) => (error instanceof Refused ? error.message : word("no_service"));

export const setUpLog = async () => {
  find("verify-form").addEventListener("submit", (event) => {
    event.preventDefault();
    verify();
  });
  find("export-button").addEventListener("click", exported);
  try {
    const head = await get("v1/log");
    find("head-state").textContent = word("log_head", { name: head.name, count: head.entries });
    find("log-head").textContent = head.checkpoint;
  } catch (error) {
    find("head-state").textContent = told(error);
  }
};

const verify = async () => {
  const place = find("verified");
  place.textContent = word("loading");
  try {
    const found = await get("v1/log/verify");
    const against = compared(find("kept-head").value, (await get("v1/log")).checkpoint);
    const valid = found.valid && against.same !== false;
    fill(place, h("p", { class: valid ? "fine" : "notice" }, valid ? word("log_valid") : word("log_invalid")),
      h("ul", { class: "plain" }, [...found.problems, against.text].filter(Boolean).map((text) => h("li", {}, text))));
  } catch (error) {
    place.textContent = told(error);
  }
};

// A head has the name, the number of entries and the root on its first three lines. One of fewer entries needs a proof,
// which the command makes.
const compared = (kept, now) => {
  if (!kept.trim()) return { same: null, text: word("head_none") };
  const [mine, theirs] = [kept, now].map((text) => text.trim().split("\n").slice(0, 3).map((line) => line.trim()));
  if (mine[0] !== theirs[0]) return { same: false, text: word("head_other_log") };
  if (Number(mine[1]) > Number(theirs[1])) return { same: false, text: word("head_longer") };
  if (mine[1] !== theirs[1]) return { same: null, text: word("head_shorter") };
  return mine[2] === theirs[2] ? { same: true, text: word("head_same") } : { same: false, text: word("head_differs") };
};

const exported = async () => {
  const response = await fetch("v1/log/export", { headers: globalThis.sessionStorage.getItem("legit-token") ? { Authorization: `Bearer ${sessionStorage.getItem("legit-token")}` } : {} });
  if (!response.ok) return;
  const link = h("a", { href: URL.createObjectURL(await response.blob()), download: "decisions.jsonl" });
  link.click();
  URL.revokeObjectURL(link.href);
};
