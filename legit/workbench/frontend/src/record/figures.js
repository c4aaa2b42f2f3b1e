// The decisions that fit the filter, counted: bars by verdict, guidance, criterion and day.
import { fill, find, h } from "../dom.js";
import { settings, word } from "../words.js";

const MAX_BARS = 8;

const counted = (rows, of) => {
  const counts = new Map();
  for (const row of rows) for (const value of of(row)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
};

export const showFigures = (rows) => {
  const titles = new Map(settings.criteria);
  const days = counted(rows, (row) => [String(row.time).slice(0, 10)]).sort((a, b) => (a[0] < b[0] ? 1 : -1));
  fill(find("figures"), ...[
    figure(word("figure_verdict"), counted(rows, (row) => [row.verdict]), rows.length),
    figure(word("figure_guidance"), counted(rows, (row) => [row.guidance]), rows.length),
    figure(word("figure_criteria"), counted(rows, (row) => String(row.decisive_criteria).split(" ").filter(Boolean))
      .map(([name, count]) => [titles.get(name) ?? name, count]), rows.length),
    figure(word("figure_days"), days, rows.length),
  ]);
};

const figure = (title, counts, total) => h("figure", {}, h("figcaption", {}, title),
  h("table", { class: "bars" }, h("tbody", {}, counts.slice(0, MAX_BARS).map(([name, count]) => h("tr", {},
    h("th", { scope: "row" }, name), h("td", {}, bar(count / total)), h("td", { class: "count" }, String(count)))))));

const bar = (share) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 8");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "bar-line");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "rect");
  line.setAttribute("width", String(Math.max(100 * share, 0.5)));
  line.setAttribute("height", "8");
  svg.append(line);
  return svg;
};
