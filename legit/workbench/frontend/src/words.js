// The texts of the message catalogue, which the page brings along in `words.js`.

export const settings = globalThis.legitWorkbench;

export const word = (key, values = {}) =>
  settings.words[key].replace(/\{(\w+)\}/gu, (_, name) => String(values[name]));
