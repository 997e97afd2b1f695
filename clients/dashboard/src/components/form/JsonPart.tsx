/** A value that no form can show: JSON. */
import { useState } from "react";

import { useForm, type PartProps } from "@/components/form/context";
import { Note, Needed } from "@/components/form/Row";
import { JsonEditor } from "@/components/JsonEditor";
import { pretty } from "@/lib/payload";
import { parsed, says } from "@/lib/schema/typed";
import type { Shape } from "@/lib/schema/shape";

export function JsonPart({ shape, path, label, required, value, onChange }: PartProps<Shape>) {
  const form = useForm();
  const [text, setText] = useState(() => pretty(value));
  const fault = parsed(text).fault;
  // A value that came from elsewhere is shown; what is being typed stays as it is.
  const shown = fault !== undefined || says(text, value) ? text : pretty(value);
  return (
    <div className="grid min-w-0 gap-1" onBlur={() => form.touch(path)}>
      <span className="text-[13px] font-medium">
        {label}
        {required && <Needed />}
      </span>
      <JsonEditor
        text={shown}
        label={`${label}, as JSON`}
        maxHeight="16rem"
        readOnly={form.disabled}
        onChange={(next) => {
          setText(next);
          const found = parsed(next);
          if (found.fault === undefined) onChange(found.value);
        }}
      />
      {fault && (
        <p role="alert" className="text-xs text-danger">
          {fault}
        </p>
      )}
      <Note shape={shape} path={path} />
    </div>
  );
}
