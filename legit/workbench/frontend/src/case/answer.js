// The answer beside the case: verdict, guidance, questions, reasons and what belongs to them.
import { fill, find, h, section } from "../dom.js";
import { word } from "../words.js";

const MAX_SOURCES = 4;

// actions: choose(question, answer), mark(lines), whyNot(criterion)
export const showAnswer = (answer, note, actions) => {
  const place = find("answer-body");
  if (!answer) {
    fill(place, h("p", { class: "note" }, note || word("no_answer")));
    return;
  }
  fill(place,
    verdictCard(answer),
    list(word("guidance"), answer.guidance),
    questionList(answer.questions, actions),
    reasonList(word("against"), leading(answer.findings), actions),
    shortList(word("repeats"), answer.findings.filter((item) => !leading(answer.findings).includes(item) && item.effect !== "possible"), actions),
    shortList(word("possible"), answer.findings.filter((item) => !leading(answer.findings).includes(item) && item.effect === "possible"), actions),
    list(word("undercut"), answer.undercut),
    reasonList(word("for_the_rule"), answer.for_the_rule, actions) ?? plain(word("for_the_rule"), answer.no_justification),
    reasonList(word("harm"), answer.harm, actions) ?? plain(word("harm"), answer.no_harm),
    answer.rights.length > 0 && section(word("rights"), h("ul", { class: "plain" }, answer.rights.map((right) => h("li", {}, link(right))))),
    answer.balance.length > 0 && section(word("balance"), h("ul", { class: "plain" },
      answer.balance.map((part) => marking(h("li", {}, part.text), part.lines, actions)))),
    plain(word("law"), answer.law),
    list(word("opinions"), answer.opinions),
    plain(word("speakers"), answer.speakers));
};

const plain = (title, text) => (text ? section(title, h("p", {}, text)) : null);
const list = (title, texts) =>
  texts.length ? section(title, ...(texts.length === 1 ? [h("p", {}, texts[0])] : [h("ul", { class: "plain" }, texts.map((text) => h("li", {}, text)))])) : null;

export const link = ({ text, href }) => (href ? h("a", { href }, text) : text);

const verdictCard = (answer) => h("div", { class: `verdict ${answer.verdict}`, id: "verdict" },
  h("p", { class: "heading" }, answer.heading),
  h("p", {}, `${answer.summary}.`),
  answer.scope && h("p", { class: "quiet" }, word("scope", { scope: answer.scope })),
  answer.consequence && h("p", { class: "quiet" }, answer.consequence));

const questionList = (questions, actions) => {
  if (!questions.length) return null;
  const row = (question) => h("li", {}, h("p", {}, question.text), h("div", { class: "choices" }, question.answers.map((answer) =>
    h("button", { type: "button", "data-key": `q:${question.text}:${answer.label}`, "aria-label": `${question.text} ${answer.label}`,
      onclick: () => actions.choose(question, answer) }, answer.label))));
  const [decisive, minor] = [true, false].map((wanted) => questions.filter((item) => item.decisive === wanted));
  return section(word("questions"), decisive.length > 0 && h("ul", { class: "questions" }, decisive.map(row)),
    minor.length > 0 && h("details", {}, h("summary", {}, word("question_minor")), h("ul", { class: "questions" }, minor.map(row))));
};

const reasonList = (title, reasons, actions) =>
  reasons.length ? section(title, h("ol", { class: "reasons" }, reasons.map((item) => reasonItem(item, actions)))) : null;

// The reasons that are shown in full: what is only possible and has no fact, or repeats others, is not among them.
const leading = (findings) => findings.filter((item) => !item.repeats && (item.effect !== "possible" || item.grounds.length));

const shortList = (title, findings, actions) =>
  findings.length > 0 && h("details", { class: "more" }, h("summary", {}, `${title} (${findings.length})`),
    h("ul", { class: "plain" }, findings.map((item) => h("li", {}, link({ text: item.title, href: item.href }),
      h("span", { class: `effect ${item.effect}` }, item.label), whyNotButton(item, actions)))));

const whyNotButton = (item, actions) => actions.whyNot && h("button", { type: "button", class: "small", "data-key": `w:${item.criterion}`,
  "aria-label": `${word("why_not_ask")} ${item.title}`, onclick: () => actions.whyNot(item.criterion) }, word("why_not_ask"));

const reasonItem = (item, actions) => {
  const lines = item.grounds.map((ground) => ground.line).filter(Boolean);
  const element = h("li", { class: `reason ${item.effect}`, "data-lines": lines.join(" ") },
    h("p", { class: "title" }, h("strong", {}, link({ text: item.title, href: item.href })),
      item.label && h("span", { class: `effect ${item.effect}` }, item.label)),
    item.grounds.length
      ? h("ul", { class: "grounds" }, item.grounds.map((ground) => h("li", {}, ground.text,
        ground.line > 0 && [" ", h("button", { type: "button", class: "place", "data-key": `g:${item.criterion}:${ground.line}`,
          onclick: () => actions.goTo(ground.line) }, word("line", { lines: ground.line }))])))
      : item.statement && h("p", { class: "quiet" }, item.statement),
    sourceList(item.sources),
    ["tied", "open", "outweighed"].includes(item.effect) && whyNotButton(item, actions));
  return marking(element, lines, actions);
};

const sourceList = (sources) => {
  if (!sources.length) return null;
  const one = (source) => h("li", {}, link(source), source.note && h("span", { class: "quiet" }, ` (${source.note})`));
  if (sources.length <= MAX_SOURCES) return h("ul", { class: "sources" }, sources.map(one));
  return h("details", { class: "sources" },
    h("summary", {}, sources.slice(0, 2).map((source) => source.text).join(" · "), " · ", word("more_sources", { count: sources.length })),
    h("ul", { class: "sources" }, sources.map(one)));
};

// While a reason has the pointer or the focus, the sentences that it rests on are marked.
const marking = (element, lines, actions) => {
  if (!lines.length) return element;
  const on = () => actions.mark(lines);
  const off = () => actions.mark([]);
  element.addEventListener("mouseenter", on);
  element.addEventListener("mouseleave", off);
  element.addEventListener("focusin", on);
  element.addEventListener("focusout", off);
  return element;
};

// The reasons that rest on a line are marked while the cursor is in it.
export const markReasons = (line) => {
  for (const item of document.querySelectorAll("[data-lines]")) {
    item.classList.toggle("marked", item.dataset.lines.split(" ").includes(String(line)));
  }
};
