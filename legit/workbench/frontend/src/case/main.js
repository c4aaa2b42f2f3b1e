// The screen of a case.
import { find } from "../dom.js";
import { offlineView } from "../offline/answer.js";
import { unpackFacts } from "../offline/share.js";
import { factViews } from "../offline/write.js";
import { oneAtATime, passOf, post } from "../service.js";
import { settings, word } from "../words.js";
import { aboutFact, factAt, showAbout } from "./about.js";
import { markReasons, showAnswer } from "./answer.js";
import { openExamples } from "./cases.js";
import { makeEditor } from "./editor.js";
import { resetSwitches, showDifference, showFacts, switched, switchedFacts, switchedText } from "./facts.js";
import { setUpMore, showMore } from "./more.js";
import { openShared, share } from "./sharing.js";
import { showProblems } from "./problems.js";

const KEPT = "legit-case";
const state = { view: { facts: [], problems: [], answer: null, name: "" }, note: "", profile: settings.profile, line: 1 };

const judge = oneAtATime((text) => post("v1/workbench/case", { text, profile: state.profile }));
const judgeOther = oneAtATime((text) => post("v1/workbench/case", { text, profile: state.profile }));

const passNow = () => passOf(state.profile);

const editor = makeEditor(find("editor"), {
  changed: () => settings.service && refresh(),
  moved: (line, column) => {
    state.line = line;
    markReasons(line);
    showAbout(factAt(state.view.facts, line, column));
  },
  leave: () => find("answer").focus(),
  hover: (line, column) => aboutFact(factAt(state.view.facts, line, column)),
});

const refresh = async () => {
  const text = editor.text();
  keep(text);
  if (!text.trim()) {
    accept({ facts: [], problems: [], answer: null, name: "" }, word("nothing_yet"));
    return;
  }
  try {
    const view = await judge(text);
    if (view) accept(view, "");
  } catch (error) {
    accept({ facts: [], problems: [], answer: null, name: "" }, error.document?.detail ?? word("no_service"));
  }
};

const keep = (text) => {
  try {
    localStorage.setItem(KEPT, text);
  } catch {
    // Without storage nothing is kept.
  }
};

const accept = (view, note) => {
  Object.assign(state, { view, note });
  showProblems(view.problems, { take: takeRepair, goTo: editor.goTo }, Boolean(editor.text().trim()));
  editor.setProblems(view.problems, takeRepair);
  showAnswer(view.answer, note, actions);
  showFacts(view.facts, compareSwitched, editor.mark);
  showMore(state);
  speakIn(view.language || settings.language);
  markReasons(state.line);
  compareSwitched();
  document.documentElement.dataset.judged = String(Number(document.documentElement.dataset.judged ?? 0) + 1);
};

// The case and its answer are in the language of the text, whatever that of the page is.
const speakIn = (language) => {
  for (const name of ["editor", "problems", "answer-body", "more", "facts", "difference"]) find(name).lang = language;
};

const compareSwitched = async () => {
  const { view } = state;
  showFacts(view.facts, compareSwitched, editor.mark);
  if (!switched(view.facts)) {
    showDifference(null, null, {});
    return;
  }
  const text = switchedText(editor.text(), view.facts);
  const other = settings.service ? await judgeOther(text) : offlineView(await passNow(), switchedFacts(view.facts));
  if (!other) return;
  const reset = () => {
    resetSwitches();
    compareSwitched();
  };
  showDifference(view.answer, other.answer, { reset, adopt: () => {
    resetSwitches();
    editor.setText(text);
  } });
};

const takeRepair = (problem, repair) => {
  const line = editor.text().split("\n")[problem.line - 1];
  const start = line?.lastIndexOf(problem.sentence, Math.max(problem.column - 1, 0)) ?? -1;
  if (start < 0) return; // the line was changed meanwhile
  editor.replaceAt(problem.line, start + 1, problem.sentence.length, repair);
  editor.focus();
};

const actions = {
  mark: editor.mark,
  goTo: (line) => editor.goTo(line, 1),
  whyNot: null,
  choose: (question, answer) => {
    const open = state.view.facts.find((item) => item.fact.truth === "unknown"
      && Object.values(item.sentences).some((sentence) => sentence.startsWith(answer.sentence.slice(0, -1))));
    if (!settings.service) {
      settle(open, answer);
    } else if (open) {
      editor.replaceAt(open.line, open.column, open.text.length, answer.sentence);
      find("answer").focus();
    } else editor.append(answer);
  },
};

// Without a service an answer changes the fact itself.
const settle = (open, answer) => {
  const truth = Object.keys(open.sentences).find((value) => open.sentences[value] === answer.sentence);
  const facts = state.view.facts.map((item) => (item === open ? { ...item.fact, truth } : item.fact));
  showShared({ name: state.view.name, facts });
};

const showShared = async ({ name, facts, text = "" }) => {
  if (settings.service && text) {
    editor.setText(text);
    return;
  }
  const base = await passNow();
  const views = factViews(base, facts);
  editor.setText(views.map((item) => item.text).join("\n"));
  if (settings.service) return;
  const { answer, note } = offlineView(base, facts);
  accept({ name, facts: views, problems: [], answer, digest: base.digest }, note);
};

// A printed page has the sentences and every source, however printing was begun.
const opened = [];
const preparePrint = () => {
  find("printed-case").textContent = editor.text();
  opened.push(...document.querySelectorAll("details.sources:not([open])"));
  for (const element of opened) element.open = true;
};

const start = async () => {
  setUpMore(state, editor, actions);
  find("examples-button").addEventListener("click", () => openExamples((item) => {
    showShared({ name: item.title, facts: unpackFacts(item.facts), text: item.text });
    editor.focus();
  }));
  find("new-button").addEventListener("click", () => {
    editor.setText("");
    editor.focus();
  });
  find("share-button").addEventListener("click", () => share(state));
  find("print-button").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", preparePrint);
  window.addEventListener("afterprint", () => opened.splice(0).forEach((element) => { element.open = false; }));
  find("profile").addEventListener("change", (event) => {
    state.profile = event.target.value;
    refresh();
  });
  window.addEventListener("hashchange", () => openShared(showShared, passNow, state));
  editor.setWritable(settings.service);
  find("offline-note").hidden = settings.service;
  for (const element of document.querySelectorAll("[data-needs-service]")) element.hidden = !settings.service;
  if (location.hash) showAnswer(null, word("loading"), actions);
  if (await openShared(showShared, passNow, state)) return;
  const kept = settings.service ? localStorage.getItem(KEPT) : "";
  if (kept) editor.setText(kept);
  else accept(state.view, word("nothing_yet"));
};

start();
