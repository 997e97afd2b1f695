import type { Violation } from "@/api/errors";

export interface SchemaFormProps {
  /** JSON Schema. */
  schema: unknown;
  value: unknown;
  onChange: (value: unknown) => void;
  /** What the server found wrong, shown beside the fields. */
  violations?: readonly Violation[];
  /** Where the value stands in the request, as `spec.input`: what the violations' paths begin with. */
  path: string;
}

/** A form made from a JSON Schema. */
export function SchemaForm({ path }: SchemaFormProps) {
  return <div>{path}</div>;
}
