// What there is of some children: `false`, `null` and the like stand for nothing.
const present = (children) => children.flat(Infinity).filter((child) => child || child === 0);

// Elements without a framework: h("p", {class: "quiet"}, "text", child).

export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
};

export const find = (id) => document.getElementById(id);

// Puts new children into an element. What had the focus keeps it where an element of the same key is there again.
export const fill = (element, ...children) => {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  element.replaceChildren(...present(children));
  if (key) [...element.querySelectorAll("[data-key]")].find((item) => item.dataset.key === key)?.focus();
};

export const section = (title, ...children) => h("section", {}, h("h3", {}, title), ...children);

// The children of a text whose parts between grave accents are code.
export const withCode = (text) => text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
