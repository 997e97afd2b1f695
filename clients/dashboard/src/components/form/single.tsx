/** Parts of a form for single values. */
import { useState } from "react";

import { controlOf, useForm, type PartProps } from "@/components/form/context";
import { Row } from "@/components/form/Row";
import { UploadInto } from "@/components/form/UploadInto";
import { Input, Select, Textarea } from "@/components/ui/input";
import { brief } from "@/lib/payload";
import { numberOf, textOf } from "@/lib/schema/typed";
import type { Shape } from "@/lib/schema/shape";

type Of<Name extends Shape["kind"]> = PartProps<Extract<Shape, { kind: Name }>>;

/** Kinds of the browser's own fields, by format; others are text. */
const TYPES: Record<string, string> = {
  date: "date",
  email: "email",
  uri: "url",
  password: "password",
};
const EXAMPLES: Record<string, string> = {
  "date-time": "2026-01-31T12:00:00Z",
  time: "12:00:00",
  duration: "PT1H30M",
  uuid: "00000000-0000-0000-0000-000000000000",
  ipv4: "192.0.2.1",
};

export function TextPart(props: Of<"text">) {
  const { shape, path, label, required, value, onChange } = props;
  const form = useForm();
  const control = {
    ...controlOf(form, path, required),
    value: textOf(value),
    placeholder: EXAMPLES[shape.format] ?? textOf(shape.fallback),
  };
  const changed = (text: string) => onChange(text || required ? text : undefined);
  const longest = shape.maxLength === undefined ? "" : `at most ${shape.maxLength} characters`;
  const type = TYPES[shape.format] ?? "text";
  return (
    <Row
      {...{ shape, path, label, required }}
      hint={longest}
      beside={shape.format ? undefined : <UploadInto label={label} onDone={onChange} />}
    >
      {shape.format ? (
        <Input {...control} type={type} onChange={(event) => changed(event.target.value)} />
      ) : (
        <Textarea
          {...control}
          rows={1}
          className="max-h-60 min-h-9 py-1.5 [field-sizing:content]"
          onChange={(event) => changed(event.target.value)}
        />
      )}
    </Row>
  );
}

export function NumberPart(props: Of<"number">) {
  const { shape, path, label, required, value, onChange } = props;
  const form = useForm();
  // What is typed is kept as it is: "1." is on its way to "1.5".
  const [typed, setTyped] = useState(textOf(value));
  const shown = numberOf(typed) === value ? typed : textOf(value);
  const changed = (text: string) => {
    setTyped(text);
    onChange(numberOf(text));
  };
  return (
    <Row {...{ shape, path, label, required }} hint={hintOf(shape)}>
      <Input
        {...controlOf(form, path, required)}
        inputMode={shape.integer ? "numeric" : "decimal"}
        value={shown}
        placeholder={textOf(shape.fallback)}
        className="tabular-nums sm:max-w-60"
        onChange={(event) => changed(event.target.value)}
      />
    </Row>
  );
}

function hintOf({ integer, bounds }: Extract<Shape, { kind: "number" }>): string {
  if (integer) return ["a whole number", bounds].filter(Boolean).join(", ");
  return bounds && `a number, ${bounds}`;
}

export function BooleanPart(props: Of<"boolean">) {
  return <Pick {...props} options={[true, false]} />;
}

export function ChoicePart(props: Of<"choice">) {
  return <Pick {...props} options={props.shape.options} />;
}

interface PickProps extends PartProps<Shape> {
  options: readonly unknown[];
}

const NONE = "";

/** One of several values, or none. */
function Pick({ options, shape, path, label, required, value, onChange }: PickProps) {
  const form = useForm();
  const all = shape.nullable && !options.includes(null) ? [...options, null] : options;
  const index = all.findIndex((each) => each === value);
  return (
    <Row {...{ shape, path, label, required }}>
      <Select
        {...controlOf(form, path, required)}
        className="sm:max-w-60"
        value={index < 0 ? NONE : String(index)}
        onChange={({ target }) =>
          onChange(target.value === NONE ? undefined : all[Number(target.value)])
        }
      >
        <option value={NONE}>{required ? "Choose…" : "–"}</option>
        {all.map((each, number) => (
          <option key={number} value={String(number)}>
            {spelled(each)}
          </option>
        ))}
      </Select>
    </Row>
  );
}

function spelled(value: unknown): string {
  if (value === true) return "Yes";
  if (value === false) return "No";
  return value === null ? "Nothing (null)" : brief(value, 60);
}
