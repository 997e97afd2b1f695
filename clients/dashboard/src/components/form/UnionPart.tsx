/** One of several alternatives in a form. */
import { useState } from "react";

import { useForm, type PartProps } from "@/components/form/context";
import { Group } from "@/components/form/Group";
import { Part } from "@/components/form/Part";
import { Select } from "@/components/ui/input";
import { chosen, initial } from "@/lib/schema/initial";
import type { Shape } from "@/lib/schema/shape";

interface Props extends PartProps<Extract<Shape, { kind: "union" }>> {
  outermost?: boolean | undefined;
}

export function UnionPart(props: Props) {
  const { shape, path, label, required, value, onChange, outermost } = props;
  const { root, idOf } = useForm();
  const [picked, setPicked] = useState<number | null>(null);
  const present = value !== undefined && value !== null;
  // Somebody's choice counts while the value could be several; what JSON says wins when it differs.
  const index = picked ?? (present ? chosen(shape.options, value, root) : 0);
  const pick = (next: number) => {
    setPicked(next);
    onChange(initial(shape.options[next]?.schema, root) ?? null);
  };
  return (
    <Group
      {...props}
      present={present || picked !== null || outermost === true || required}
      onAdd={() => pick(0)}
      onRemove={() => {
        setPicked(null);
        onChange(shape.nullable && required ? null : undefined);
      }}
    >
      <Select
        id={`${idOf(path)}-kind`}
        aria-label={`Kind of ${label}`}
        className="sm:max-w-60"
        value={String(index)}
        onChange={(event) => pick(Number(event.target.value))}
      >
        {shape.options.map((each, number) => (
          <option key={number} value={String(number)}>
            {each.label}
          </option>
        ))}
      </Select>
      <Part
        key={index}
        schema={shape.options[index]?.schema}
        path={path}
        name={label}
        required
        outermost
        value={value ?? undefined}
        onChange={onChange}
      />
    </Group>
  );
}
