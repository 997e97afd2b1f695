/** Values by name in a form: fields that the schema names, and others under names of one's own. */
import { useForm, type PartProps } from "@/components/form/context";
import { Group } from "@/components/form/Group";
import { JsonPart } from "@/components/form/JsonPart";
import { NamedParts } from "@/components/form/NamedParts";
import { Part } from "@/components/form/Part";
import { initial } from "@/lib/schema/initial";
import { join } from "@/lib/schema/join";
import { isRecord, without } from "@/lib/schema/resolve";
import type { Shape } from "@/lib/schema/shape";

interface Props extends PartProps<Extract<Shape, { kind: "object" }>> {
  schema: unknown;
  outermost?: boolean | undefined;
}

export function ObjectPart({ schema, ...props }: Props) {
  const { shape, path, label, value, required, onChange, outermost } = props;
  const { root } = useForm();
  if (value !== undefined && value !== null && !isRecord(value)) return <JsonPart {...props} />;
  const record = value ?? {};
  const put = (name: string, next: unknown) => {
    // The order of the fields stays as it is: JSON beside the form does not jump.
    onChange(next === undefined ? without(record, name) : { ...record, [name]: next });
  };
  return (
    <Group
      {...props}
      present={isRecord(value) || outermost === true}
      onAdd={() => onChange(initial({ ...bare(schema), default: undefined }, root) ?? {})}
      onRemove={() => onChange(shape.nullable && required ? null : undefined)}
    >
      {shape.fields.map((field) => (
        <Part
          key={field.name}
          schema={field.schema}
          path={join(path, field.name)}
          name={field.name}
          required={field.required}
          value={record[field.name]}
          onChange={(next) => put(field.name, next)}
        />
      ))}
      <NamedParts shape={shape} path={path} label={label} record={record} onChange={onChange} />
    </Group>
  );
}

function bare(schema: unknown): object {
  return isRecord(schema) ? schema : {};
}
