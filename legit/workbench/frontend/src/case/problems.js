// The problems of the text, each with the sentences that may take its place.
import { fill, find, h, withCode } from "../dom.js";
import { word } from "../words.js";

export const showProblems = (problems, { take, goTo }, hasText) => {
  find("problems-section").hidden = !problems.length;
  find("problem-state").textContent = problems.length || !hasText ? "" : word("no_problems");
  fill(find("problems"), ...problems.map((problem) => h("li", {},
    h("p", {}, h("button", { type: "button", class: "place", "data-key": `p:${problem.line}:${problem.column}`,
      onclick: () => goTo(problem.line, problem.column) }, word("line", { lines: problem.line })),
    " ", withCode(problem.message), problem.help && h("span", { class: "quiet" }, " (", withCode(problem.help), ")")),
    problem.repairs.length > 0 && h("div", { class: "choices" }, problem.repairs.map((repair) => h("button", {
      type: "button", class: "repair", "data-key": `r:${problem.line}:${repair}`, "aria-label": word("take", { sentence: repair }),
      onclick: () => take(problem, repair),
    }, repair))))));
};
