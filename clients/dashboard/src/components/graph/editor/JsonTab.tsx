/** The definition as JSON: what is typed here is drawn as soon as it is a definition. */
import { useState } from "react";

import { definitionOf, type Definition } from "@/components/graph/editor/definition";
import { JsonEditor } from "@/components/JsonEditor";
import { pretty } from "@/lib/payload";

interface Props {
  definition: Definition;
  onChange: (definition: Definition) => void;
}

export function JsonTab({ definition, onChange }: Props) {
  const [text, setText] = useState(() => pretty(definition));
  const [shown, setShown] = useState(definition);
  const [why, setWhy] = useState("");
  if (shown !== definition) {
    setShown(definition);
    setText(pretty(definition));
    setWhy("");
  }
  const change = (next: string) => {
    setText(next);
    const read = readDefinition(next);
    setWhy(typeof read === "string" ? read : "");
    if (typeof read === "string" || JSON.stringify(read) === JSON.stringify(definition)) return;
    setShown(read);
    onChange(read);
  };
  return (
    <div className="grid gap-2 p-3">
      <JsonEditor
        text={text}
        label="Definition, JSON"
        minHeight="24rem"
        maxHeight="70dvh"
        onChange={change}
      />
      {why && (
        <p role="alert" className="text-[13px] text-danger">
          {why} The drawing shows the last definition that could be read.
        </p>
      )}
    </div>
  );
}

function readDefinition(text: string): Definition | string {
  try {
    return definitionOf(JSON.parse(text));
  } catch (thrown) {
    return `This is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
  }
}
