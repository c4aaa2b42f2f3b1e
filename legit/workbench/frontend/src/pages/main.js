// The pages of the knowledge base: each case that stands on one is judged in the browser, and can be opened.
import { h } from "../dom.js";
import { decide } from "../offline/decide.js";
import { NotHere } from "../offline/encode.js";
import { unpackFacts } from "../offline/share.js";
import { loadScript, passOf } from "../service.js";
import { settings, word } from "../words.js";

const verdictOf = (base, facts) => {
  try {
    return decide(base, unpackFacts(facts)).verdict;
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return "";
  }
};

const start = async () => {
  const shown = [...document.querySelectorAll("article.case")];
  if (!shown.length) return;
  const page = location.pathname.split("/").slice(-2).join("/");
  await loadScript("../cases.js");
  const base = await passOf(settings.profile, "../");
  const cases = globalThis.legitCases.filter((item) => item.href === page);
  shown.forEach((article, place) => {
    const item = cases[place];
    if (!item?.facts.length) return;
    const verdict = verdictOf(base, item.facts);
    const [now, before] = [verdict.toUpperCase(), item.verdict.toUpperCase()];
    const told = now === before ? word("judged_here", { verdict: now }) : word("judged_other", { verdict: now, before });
    article.append(h("p", { class: "live" }, verdict && h("span", { class: `effect ${verdict}` }, told), " ",
      h("a", { href: `../case.html#example=${place}-${encodeURIComponent(page)}` }, word("open_case"))));
  });
};

start();
