// The colours of the editor are those of the page.
import { EditorView } from "@codemirror/view";

const mono = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

export const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", border: "1px solid var(--quiet)", borderRadius: ".25rem", fontSize: ".93rem" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: mono, lineHeight: "1.6", minHeight: "14rem", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--shade)", color: "var(--quiet)", borderRight: "1px solid var(--rule)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--shade) 60%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--rule)", color: "var(--ink)" },
  ".cm-line.cm-marked": { backgroundColor: "var(--mark)", boxShadow: "inset .25rem 0 var(--link)" },
  ".cm-placeholder": { color: "var(--quiet)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--select)" },
  ".cm-snippetField": { backgroundColor: "var(--mark)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--quiet)", borderRadius: ".25rem", maxWidth: "min(36rem, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: mono, maxHeight: "18rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { whiteSpace: "normal", padding: ".25rem .6rem", lineHeight: "1.35" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-tooltip .about": { padding: ".5rem .75rem", font: ".85rem/1.45 system-ui, sans-serif" },
  ".cm-tooltip .about p": { margin: ".15rem 0" },
  ".cm-tooltip .about a": { color: "var(--link)" },
  ".cm-diagnostic": { font: ".85rem/1.45 system-ui, sans-serif", borderLeft: ".3rem solid var(--wrong)", padding: ".35rem .6rem" },
  ".cm-diagnosticAction": { font: "inherit", backgroundColor: "var(--link)", color: "var(--paper)", border: "0", borderRadius: ".2rem", padding: ".2rem .5rem", margin: ".2rem .3rem 0 0", cursor: "pointer" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--wrong) 1.5px", textUnderlineOffset: "3px" },
});
