// Completion by the service: the same completer as in the language server.
import { snippet } from "@codemirror/autocomplete";
import { settings } from "../words.js";
import { post } from "../service.js";

const LIMIT = 40;
const escaped = (text) => text.replace(/[\\{}#$]/gu, (character) => (character === "\\" ? "\\\\" : `\\${character}`));

// A completion as a snippet: what is still to be chosen is a field, and Tab goes from one to the next.
export const snippetOf = (insert, placeholders) => {
  let text = "";
  let done = 0;
  for (const [start, end] of placeholders) {
    text += `${plain(insert.slice(done, start))}\${${escaped(insert.slice(start, end))}}`;
    done = end;
  }
  return text + plain(insert.slice(done));
};

// In the words around fields only what would open a field needs a mark.
const plain = (text) => text.replaceAll("\\", "\\\\").replace(/([#$])\{/gu, "$1\\{");

export const completionSource = async (context) => {
  if (!settings.service) return null;
  const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
  if (!context.explicit && !/\S\s?$/u.test(before)) return null;
  const text = context.state.doc.toString();
  let found;
  try {
    found = await post("v1/complete", { text, cursor: context.pos, limit: LIMIT, utf16: true });
  } catch {
    return null;
  }
  if (context.aborted || !found.completions.length) return null;
  return {
    from: Math.min(...found.completions.map((item) => item.start), context.pos),
    filter: false,
    options: found.completions.map((item) => ({ label: item.insert, type: item.kind, apply: applied(item) })),
  };
};

const applied = (item) => (view, completion) => {
  const end = Math.min(Math.max(item.end, view.state.selection.main.head), view.state.doc.length);
  snippet(snippetOf(item.insert, item.placeholders))(view, completion, item.start, end);
};

// Writes an answer on a line of its own at the end. Slots that are still open are fields.
export const insertAnswer = (view, { sentence, slots }) => {
  const end = view.state.doc.length;
  const gap = end && !view.state.doc.line(view.state.doc.lines).text.trim() === false ? "\n" : "";
  view.dispatch({ changes: { from: end, insert: gap }, selection: { anchor: end + gap.length } });
  const places = slots.map((slot) => {
    const start = sentence.indexOf(`<${slot}>`);
    return [start, start + slot.length + 2];
  }).sort((a, b) => a[0] - b[0]);
  snippet(snippetOf(sentence, places))(view, null, view.state.doc.length, view.state.doc.length);
  view.focus();
};
