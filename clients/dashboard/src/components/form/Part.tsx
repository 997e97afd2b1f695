/** The part of a form for one schema. */
import { useForm } from "@/components/form/context";
import { JsonPart } from "@/components/form/JsonPart";
import { ListPart } from "@/components/form/ListPart";
import { ObjectPart } from "@/components/form/ObjectPart";
import { BooleanPart, ChoicePart, NumberPart, TextPart } from "@/components/form/single";
import { UnionPart } from "@/components/form/UnionPart";
import { shapeOf } from "@/lib/schema/shape";

interface Props {
  schema: unknown;
  path: string;
  /** What it is called if the schema has no title. */
  name: string;
  required: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
  /** It is the whole form: without a frame, and always there. */
  outermost?: boolean;
}

export function Part({ schema, name, outermost, ...rest }: Props) {
  const { root } = useForm();
  const shape = shapeOf(schema, root);
  const props = { ...rest, label: shape.title || name, outermost };
  switch (shape.kind) {
    case "text":
      return <TextPart {...props} shape={shape} />;
    case "number":
      return <NumberPart {...props} shape={shape} />;
    case "boolean":
      return <BooleanPart {...props} shape={shape} />;
    case "choice":
      return <ChoicePart {...props} shape={shape} />;
    case "list":
      return <ListPart {...props} shape={shape} schema={schema} />;
    case "object":
      return <ObjectPart {...props} shape={shape} schema={schema} />;
    case "union":
      return <UnionPart {...props} shape={shape} />;
    case "any":
      return <JsonPart {...props} shape={shape} />;
  }
}
