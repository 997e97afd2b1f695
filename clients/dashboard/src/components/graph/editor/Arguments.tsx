/** The arguments of a tool: a field for each of its parameters, or JSON. */
import { useId, useState } from "react";

import type { Tool } from "@/api/types";
import {
  argumentFrom,
  argumentText,
  parametersOf,
  type Parameter,
} from "@/components/graph/editor/argument";
import { isObject, setIn, type Json } from "@/components/graph/editor/definition";
import type { Fault } from "@/components/graph/editor/faults";
import { Field, Input, Textarea } from "@/components/ui/input";
import { valueOf } from "@/lib/payload";

interface Props {
  tool: Tool | undefined;
  value: unknown;
  /** What can be referred to. */
  keys: readonly string[];
  /** Those below `arguments`. */
  faults: readonly Fault[];
  onChange: (value: Json) => void;
}

export function Arguments({ tool, value, keys, faults, onChange }: Props) {
  const list = useId();
  const parameters = parametersOf(valueOf(tool?.argumentsSchema));
  const given = isObject(value) ? value : {};
  const others = Object.keys(given).filter(
    (name) => !parameters.some((each) => each.name === name),
  );
  const shown = [
    ...parameters,
    ...others.map((name) => ({ name, required: false, type: "", description: "", choices: [] })),
  ];
  if (!shown.length) return <p className="text-xs text-soft">This tool takes no arguments.</p>;
  return (
    <div className="grid gap-2">
      <datalist id={list}>
        {keys.map((key) => (
          <option key={key} value={`\${state.${key}}`} />
        ))}
      </datalist>
      {shown.map((each) => (
        <ArgumentField
          key={each.name}
          parameter={each}
          list={list}
          value={given[each.name]}
          error={faultOf(faults, each)}
          onChange={(to) => onChange(setIn(given, [each.name], to))}
        />
      ))}
      <p className="text-xs text-soft">
        <code className="font-mono">{"${state.key}"}</code> stands for a value of the state.
      </p>
    </div>
  );
}

interface FieldProps {
  parameter: Parameter;
  list: string;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function ArgumentField({ parameter, list, value, error, onChange }: FieldProps) {
  const id = useId();
  const [typed, setTyped] = useState(() => argumentText(value));
  const [shown, setShown] = useState(value);
  // Undo, or the JSON beside it, may have changed what is here; `1.` that is being typed stays.
  if (JSON.stringify(shown) !== JSON.stringify(value)) {
    setShown(value);
    setTyped(argumentText(value));
  }
  const { name, required, type, description, choices } = parameter;
  const change = (text: string) => {
    const to = argumentFrom(text, type);
    setTyped(text);
    setShown(to);
    onChange(to);
  };
  const long = type === "object" || type === "array";
  const preset =
    parameter.default === undefined ? "" : `${argumentText(parameter.default)} if empty`;
  const hint = [description, type, choices.join(", "), preset].filter(Boolean).join(" · ");
  const control = {
    id,
    value: typed,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": `${id}-note`,
    spellCheck: false,
    className: "font-mono text-[13px]",
  };
  return (
    <Field label={required ? `${name} (required)` : name} name={id} hint={hint} error={error}>
      {long ? (
        <Textarea {...control} onChange={(event) => change(event.target.value)} />
      ) : (
        <Input {...control} list={list} onChange={(event) => change(event.target.value)} />
      )}
    </Field>
  );
}

/** What is wrong with an argument or in it, or that it is missing: that is said of all arguments. */
function faultOf(faults: readonly Fault[], { name }: Parameter): string | undefined {
  const mine = ({ rest: [first, argument], description }: Fault) =>
    first === "arguments" &&
    (argument === name || (argument === undefined && description.startsWith(`"${name}" is`)));
  return faults.find(mine)?.description;
}
