// The editor of a case: CodeMirror in a shadow root, where its styles need no exception of the content policy.
import { autocompletion, closeCompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { forEachDiagnostic, lintKeymap, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder,
} from "@codemirror/view";
import { word } from "../words.js";
import { completionSource, insertAnswer } from "./completion.js";
import { theme } from "./theme.js";

const setMarked = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(lines, change) {
    let found = lines.map(change.changes);
    for (const effect of change.effects) {
      if (!effect.is(setMarked)) continue;
      const places = effect.value.filter((line) => line >= 1 && line <= change.state.doc.lines);
      found = Decoration.set(places.map((line) =>
        Decoration.line({ class: "cm-marked" }).range(change.state.doc.line(line).from)));
    }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// handlers: changed(), moved(line, column), leave(), hover(line, column) -> element or null
export const makeEditor = (parent, handlers) => {
  const root = parent.attachShadow({ mode: "open" });
  const writable = new Compartment();
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), EditorView.lineWrapping,
        autocompletion({ override: [completionSource], activateOnTypingDelay: 60, icons: false, maxRenderedOptions: 60 }),
        placeholder(word("editor_empty")), marked, theme,
        hoverTooltip((editor, place) => tooltip(editor, place, handlers)),
        keymap.of([
          { key: "Mod-Enter", run: () => (handlers.leave(), true) },
          { key: "Alt-Enter", run: repairHere },
          ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": word("editor"), spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) handlers.changed();
          if (update.docChanged || update.selectionSet) handlers.moved(...cursor(update.view));
        }),
        writable.of([]),
      ],
    }),
  });
  return { ...operations(view), view, setWritable: (yes) => view.dispatch({
    effects: writable.reconfigure(yes ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false),
      EditorView.contentAttributes.of({ tabindex: "0" })]),
  }) };
};

const cursor = (view) => {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  return [line.number, head - line.from + 1];
};

const tooltip = (view, place, handlers) => {
  const line = view.state.doc.lineAt(place);
  const dom = handlers.hover(line.number, place - line.from + 1);
  return dom && { pos: line.from, above: true, create: () => ({ dom }) };
};

// Takes the first repair of the problem at the cursor, or goes to the next problem.
const repairHere = (view) => {
  const { head } = view.state.selection.main;
  let action = null;
  forEachDiagnostic(view.state, (item, from, to) => {
    if (from <= head && head <= to && item.actions?.length) action ??= () => item.actions[0].apply(view, from, to);
  });
  if (action) action();
  else nextDiagnostic(view);
  return true;
};

const operations = (view) => {
  const place = (line, column) => {
    const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return Math.min(found.from + Math.max(column - 1, 0), found.to);
  };
  const replaceAt = (line, column, length, text) => {
    const from = place(line, column);
    view.dispatch({ changes: { from, to: Math.min(from + length, view.state.doc.length), insert: text }, userEvent: "input" });
  };
  return {
    text: () => view.state.doc.toString(),
    setText: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    mark: (lines) => view.dispatch({ effects: setMarked.of([...new Set(lines)].sort((a, b) => a - b)) }),
    replaceAt,
    append: (answer) => insertAnswer(view, answer),
    goTo: (line, column) => {
      view.dispatch({ selection: { anchor: place(line, column) }, scrollIntoView: true });
      view.focus();
    },
    complete: () => startCompletion(view),
    close: () => closeCompletion(view),
    setProblems: (problems, take) => {
      const found = problems.map((problem) => {
        const from = place(problem.line || 1, problem.column || 1);
        const start = problem.sentence ? startOf(view, problem) : from;
        const to = Math.min(start + Math.max(problem.sentence.length, 1), view.state.doc.length);
        return {
          from: start, to: Math.max(to, start), severity: "error", message: problem.message,
          actions: problem.repairs.map((repair) => ({ name: repair, apply: () => take(problem, repair) })),
        };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
  };
};

// Where the sentence of a problem begins: at its column or before it.
const startOf = (view, { line, column, sentence }) => {
  const found = view.state.doc.line(Math.min(line, view.state.doc.lines));
  const index = found.text.lastIndexOf(sentence, Math.max(column - 1, 0));
  return found.from + (index < 0 ? 0 : index);
};
