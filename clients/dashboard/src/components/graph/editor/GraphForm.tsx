/** What concerns the graph as a whole: its name, where it begins, what it holds. */
import { useId, useState } from "react";

import { isObject, setIn } from "@/components/graph/editor/definition";
import { NumberField } from "@/components/graph/editor/NodeForm";
import type { Editing } from "@/components/graph/editor/use-editor";
import { Ways } from "@/components/graph/editor/Ways";
import { JsonEditor } from "@/components/JsonEditor";
import { Field, Input, Textarea } from "@/components/ui/input";
import { pretty } from "@/lib/payload";

interface Props {
  editing: Editing;
  /** It has versions already: then its name stays. */
  named: boolean;
}

export function GraphForm({ editing, named }: Props) {
  const { definition, edit, check } = editing;
  const id = useId();
  const faultAt = (path: string) =>
    check.faults.find((each) => each.path === path || each.path.startsWith(`${path}.`))
      ?.description;
  const set = (key: string, to: unknown) => edit(setIn(definition, [key], to), key);
  const unnamed = definition.graph_id === "";
  const nameFault = unnamed ? undefined : faultAt("graph_id");
  return (
    <div className="grid gap-3">
      <Field
        label="Name"
        name={`${id}-name`}
        error={nameFault}
        hint={
          named ? "Saving makes its next version." : "What runs name: letters, digits and _ - ."
        }
      >
        <Input
          id={`${id}-name`}
          value={definition.graph_id}
          disabled={named}
          maxLength={100}
          aria-invalid={nameFault ? true : undefined}
          aria-describedby={`${id}-name-note`}
          className="font-mono"
          onChange={(event) => set("graph_id", event.target.value)}
        />
      </Field>
      <Field label="Description" name={`${id}-words`}>
        <Textarea
          id={`${id}-words`}
          className="min-h-16"
          value={typeof definition["description"] === "string" ? definition["description"] : ""}
          onChange={(event) => set("description", event.target.value || undefined)}
        />
      </Field>
      <NumberField
        label="Most steps of a run"
        value={definition["max_steps"]}
        error={faultAt("max_steps")}
        onChange={(to) => set("max_steps", to)}
      />
      <Ways editing={editing} source="START" />
      <StateField
        value={definition["state"]}
        error={faultAt("state")}
        onChange={(to) => set("state", to)}
      />
    </div>
  );
}

interface StateProps {
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function StateField({ value, error, onChange }: StateProps) {
  const [text, setText] = useState(() => pretty(value));
  const [shown, setShown] = useState(value);
  const [broken, setBroken] = useState(false);
  if (shown !== value) {
    setShown(value);
    setText(pretty(value));
    setBroken(false);
  }
  const change = (next: string) => {
    setText(next);
    const to = next.trim() === "" ? undefined : objectFrom(next);
    setBroken(to === null);
    if (to === null || JSON.stringify(to) === JSON.stringify(value)) return;
    setShown(to);
    onChange(to);
  };
  return (
    <div className="grid gap-1">
      <h3 className="text-[13px] font-semibold">State</h3>
      <p className="text-xs text-soft">
        A JSON Schema; <code className="font-mono">x-reducer</code> joins what several steps write.
        Without one, nodes may write any key.
      </p>
      <JsonEditor
        text={text}
        label="State, a JSON Schema"
        maxHeight="18rem"
        minHeight="5rem"
        onChange={change}
      />
      {(broken || error) && (
        <p role="alert" className="text-xs text-danger">
          {broken ? "This is no JSON object yet; the last one that was counts." : error}
        </p>
      )}
    </div>
  );
}

function objectFrom(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
