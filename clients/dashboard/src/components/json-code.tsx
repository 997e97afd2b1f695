/** CodeMirror for JSON. Only JsonEditor imports this file: it is a chunk of its own. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

export interface JsonEditorProps {
  text: string;
  /** What it is, for those who hear it. */
  label: string;
  onChange?: (text: string) => void;
  readOnly?: boolean;
  maxHeight?: string;
  minHeight?: string;
}

export const looks: Extension = [
  EditorView.theme({
    "&": { backgroundColor: "transparent", color: "var(--ink)", fontSize: "12.5px" },
    "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
    ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.5", overflow: "auto" },
    ".cm-gutters": { backgroundColor: "transparent", color: "var(--soft)", border: "none" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
      backgroundColor: "var(--brand-soft) !important",
    },
    ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
    ".cm-foldPlaceholder": {
      backgroundColor: "var(--sunken)",
      border: "none",
      color: "var(--soft)",
    },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: tags.propertyName, color: "var(--brand)" },
      { tag: tags.string, color: "var(--ink)" },
      { tag: [tags.number, tags.bool, tags.null], color: "var(--running)" },
      { tag: tags.invalid, color: "var(--danger)" },
    ]),
  ),
];

function extensions(props: JsonEditorProps, changed: (text: string) => void): Extension {
  const { readOnly, label } = props;
  return [
    lineNumbers(),
    foldGutter(),
    drawSelection(),
    bracketMatching(),
    search({ top: true }),
    json(),
    looks,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-readonly": String(!!readOnly),
      tabindex: "0",
    }),
    keymap.of([...defaultKeymap, ...foldKeymap, ...searchKeymap]),
    readOnly
      ? EditorState.readOnly.of(true)
      : [
          history(),
          indentOnInput(),
          linter(jsonParseLinter()),
          keymap.of(historyKeymap),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed(update.state.doc.toString());
          }),
        ],
  ];
}

export default function JsonCode(props: JsonEditorProps) {
  const { text, readOnly, maxHeight, minHeight, label } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const onChange = useRef(props.onChange);
  useEffect(() => {
    onChange.current = props.onChange;
  });
  useEffect(() => {
    if (!place.current) return;
    const changed = (next: string) => onChange.current?.(next);
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({ extensions: extensions({ text: "", label, readOnly }, changed) }),
    });
    view.current = made;
    return () => made.destroy();
  }, [label, readOnly]);
  useEffect(() => {
    const shown = view.current;
    if (!shown || shown.state.doc.toString() === text) return;
    shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: text } });
  }, [text, label, readOnly]);
  return (
    <div
      ref={place}
      style={{ maxHeight, minHeight }}
      className="flex min-w-0 flex-col overflow-auto rounded-md border bg-sunken [&_.cm-editor]:min-h-0 [&_.cm-editor]:flex-1"
    />
  );
}
