/** JSON to read or to edit, in CodeMirror; loaded when it is first shown. */
import { lazy, Suspense } from "react";

import type { JsonEditorProps } from "@/components/json-code";
import { Loading } from "@/components/states";
import { pretty } from "@/lib/payload";

const Code = lazy(() => import("@/components/json-code"));

export function JsonEditor(props: JsonEditorProps) {
  return (
    <Suspense fallback={<Loading what="the editor" rows={2} className="p-0" />}>
      <Code {...props} />
    </Suspense>
  );
}

interface ViewProps {
  value: unknown;
  /** What it is, for those who hear it. */
  label: string;
  /** A CSS length; content beyond it scrolls. */
  maxHeight?: string;
}

/** A JSON value to look at: folds, selects and searches like an editor. */
export function JsonView({ value, label, maxHeight = "24rem" }: ViewProps) {
  return <JsonEditor text={pretty(value)} label={label} maxHeight={maxHeight} readOnly />;
}
