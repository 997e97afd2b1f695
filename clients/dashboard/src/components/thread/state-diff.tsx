/** Two JSON texts compared, in CodeMirror. Only StateDiff imports this file: it is a chunk of its own. */
import { json } from "@codemirror/lang-json";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { looks } from "@/components/json-code";

interface Props {
  before: string;
  after: string;
  label: string;
}

const CHANGES = EditorView.theme({
  ".cm-changedLine": { backgroundColor: "var(--succeeded-soft) !important" },
  ".cm-changedText": { background: "none !important", fontWeight: "600" },
  ".cm-deletedChunk": { backgroundColor: "var(--failed-soft) !important" },
  ".cm-deletedChunk .cm-deletedText": { background: "none !important", fontWeight: "600" },
  ".cm-collapsedLines": { background: "var(--sunken)", color: "var(--soft)" },
});

export default function StateDiffCode({ before, after, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          json(),
          looks,
          CHANGES,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true" }),
          EditorState.readOnly.of(true),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            collapseUnchanged: { margin: 2, minSize: 4 },
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, after, label]);
  return (
    <div
      ref={place}
      className="flex max-h-[28rem] min-w-0 flex-col overflow-auto rounded-md border bg-sunken"
    />
  );
}
