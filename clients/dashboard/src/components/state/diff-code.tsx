/** Two JSON texts, one against the other, in CodeMirror; loaded when it is first shown. */
import { json } from "@codemirror/lang-json";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { looks } from "@/components/json-code";

interface Props {
  before: string;
  now: string;
  label: string;
}

const colours = EditorView.theme({
  "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--succeeded-soft)" },
  "&.cm-merge-b .cm-changedText": { background: "none", textDecoration: "underline" },
  ".cm-deletedChunk": { backgroundColor: "var(--failed-soft)", paddingLeft: "6px" },
  ".cm-deletedChunk .cm-deletedText": { background: "none", textDecoration: "line-through" },
  ".cm-collapsedLines": {
    background: "var(--sunken)",
    color: "var(--soft)",
    padding: "2px 8px",
  },
  // Its signs are in few fonts.
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: '"…"', margin: "0 6px" },
});

export default function DiffCode({ before, now, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: now,
        extensions: [
          lineNumbers(),
          json(),
          looks,
          colours,
          EditorView.lineWrapping,
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true" }),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            collapseUnchanged: { margin: 3, minSize: 6 },
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, now, label]);
  return (
    <div ref={place} className="max-h-[60dvh] min-w-0 overflow-auto rounded-md border bg-sunken" />
  );
}
