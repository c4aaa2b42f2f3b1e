// The answer to facts without a service: fewer texts than a service gives, and the same verdict.
import { capital } from "../dom.js";
import { settings, word } from "../words.js";
import { decide } from "./decide.js";
import { NotHere } from "./encode.js";
import { writeFact } from "./write.js";

// The view of some facts; `answer` is null, with the reason, where a service is needed.
export const offlineView = (base, facts) => {
  try {
    return { answer: answerOf(base, facts, decide(base, facts)), note: "" };
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return { answer: null, note: word(`not_here_${error.message}`) };
  }
};

const answerOf = (base, facts, decision) => {
  const { phrases, consequences, scopes } = base.words;
  const { verdict, scope, consequence, stance, action } = decision;
  const chosen = (prefix) => phrases[[`${verdict}_${scope}_${consequence}`, `${verdict}_${scope}`, verdict]
    .map((key) => prefix + key).find((key) => key in phrases)] ?? "";
  const keys = [...(consequence ? [`${stance}_${consequence}_${action}`] : []),
    `${stance}_${verdict}_${action}`, `${stance}_${action}`, action];
  return {
    verdict,
    heading: `${verdict.toUpperCase()} ${chosen("qualifier_")}`.trim(),
    summary: chosen(""),
    scope: scopes[scope] ?? "",
    consequence: consequence ? `${capital(consequence)}: ${consequences[consequence]}.` : "",
    action,
    guidance: [phrases[keys.find((key) => key in phrases)]].filter(Boolean),
    questions: questions(base, facts),
    findings: decision.findings.map(([name, effect]) => reason(base, name, effect)),
    undercut: [], for_the_rule: [], no_justification: "", rights: [], right_ids: [],
    harm_level: decision.method_harm, harm: [],
    no_harm: decision.method_harm === "none" ? word("none") : capital(decision.method_harm),
    balance: [], law: "", opinions: [], speakers: "",
  };
};

const reason = (base, name, effect) => {
  const [title, statement, href] = base.words.criteria[name];
  return {
    criterion: name, title, href, effect, label: settings.effects[effect], statement, grounds: [], sources: [],
    repeats: false,
  };
};

const questions = (base, facts) => facts.filter((fact) => fact.truth === "unknown").map((fact) => ({
  text: writeFact(base, fact),
  decisive: true,
  answers: ["true", "false"].map((truth) => ({
    label: word(`answer_${truth}`), sentence: writeFact(base, { ...fact, truth }), slots: [],
  })),
}));
