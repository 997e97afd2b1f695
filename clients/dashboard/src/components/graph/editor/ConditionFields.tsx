/** A condition on one key of the state; conditions of several parts are JSON. */
import { useId, useState } from "react";

import { argumentFrom, argumentText } from "@/components/graph/editor/argument";
import { isObject } from "@/components/graph/editor/definition";
import { JsonEditor } from "@/components/JsonEditor";
import { Input, Select } from "@/components/ui/input";
import { pretty } from "@/lib/payload";

const OPERATORS = [
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "not_in",
  "contains",
  "exists",
  "missing",
] as const;
const UNARY: readonly string[] = ["exists", "missing"];

interface Props {
  number: number;
  when: unknown;
  keys: readonly string[];
  onChange: (when: unknown) => void;
}

export function ConditionFields({ number, when, keys, onChange }: Props) {
  const list = useId();
  const given = isObject(when) ? when : {};
  if (!("key" in given)) return <Compound number={number} when={when} onChange={onChange} />;
  const operator = String(given["operator"] ?? "==");
  const operate = (to: string) => {
    const { value = "", ...rest } = given;
    onChange(UNARY.includes(to) ? { ...rest, operator: to } : { ...rest, operator: to, value });
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_6.5rem] gap-1.5">
      <datalist id={list}>
        {keys.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
      <Input
        aria-label={`Key of condition ${number}`}
        list={list}
        value={String(given["key"])}
        className="font-mono text-[13px]"
        onChange={(event) => onChange({ ...given, key: event.target.value })}
      />
      <Select
        aria-label={`Operator of condition ${number}`}
        value={operator}
        className="px-2"
        onChange={(event) => operate(event.target.value)}
      >
        {OPERATORS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      {!UNARY.includes(operator) && (
        <Value
          label={`Value of condition ${number}`}
          value={given["value"]}
          onChange={(value) => onChange({ ...given, value })}
        />
      )}
    </div>
  );
}

interface ValueProps {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** JSON if it is some, else a text: `3` is a number, `"3"` and `three` are texts. */
function Value({ label, value, onChange }: ValueProps) {
  const text = typeof value === "string" && isText(value) ? value : JSON.stringify(value ?? "");
  const [typed, setTyped] = useState(text);
  const [shown, setShown] = useState(value);
  if (JSON.stringify(shown) !== JSON.stringify(value)) {
    setShown(value);
    setTyped(text);
  }
  return (
    <Input
      aria-label={label}
      value={typed}
      placeholder="a value, as JSON or a text"
      className="col-span-2 font-mono text-[13px]"
      onChange={(event) => {
        const to = argumentFrom(event.target.value, "") ?? "";
        setTyped(event.target.value);
        setShown(to);
        onChange(to);
      }}
    />
  );
}

/** Whether a text means itself when it is typed. */
function isText(text: string): boolean {
  return argumentFrom(argumentText(text), "") === text;
}

function Compound({ number, when, onChange }: Omit<Props, "keys">) {
  const [text, setText] = useState(() => pretty(when));
  const [shown, setShown] = useState(when);
  if (shown !== when) {
    setShown(when);
    setText(pretty(when));
  }
  return (
    <JsonEditor
      text={text}
      label={`Condition ${number}, JSON`}
      maxHeight="12rem"
      onChange={(next) => {
        setText(next);
        const to = argumentFrom(next, "");
        if (!isObject(to) || JSON.stringify(to) === JSON.stringify(when)) return;
        setShown(to);
        onChange(to);
      }}
    />
  );
}
