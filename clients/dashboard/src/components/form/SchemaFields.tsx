/** The fields of a form made from a JSON Schema; loaded when a form is first shown. */
import { useId, useMemo, useState } from "react";

import type { Violation } from "@/api/errors";
import { FormContext, type FormFrame } from "@/components/form/context";
import { Part } from "@/components/form/Part";
import { faultsOf } from "@/lib/schema/faults";
import { place, shownPaths } from "@/lib/schema/path";

export interface SchemaFieldsProps {
  schema: unknown;
  value: unknown;
  onChange: (value: unknown) => void;
  violations: readonly Violation[];
  path: string;
  label: string;
  /** Tell what is wrong everywhere, not only where somebody has been. */
  showFaults: boolean;
  upload?: ((file: File) => Promise<string>) | undefined;
  disabled?: boolean | undefined;
}

export default function SchemaFields(props: SchemaFieldsProps) {
  const { schema, value, path, violations, showFaults, upload, disabled } = props;
  const own = useId();
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => shownPaths(schema, value, path), [schema, value, path]);
  const faults = useMemo(
    () => place(faultsOf(schema, value ?? {}, path), shown, path),
    [schema, value, path, shown],
  );
  const told = useMemo(() => place(violations, shown, path), [violations, shown, path]);
  const frame: FormFrame = {
    root: schema,
    faultOf: (at) =>
      (showFaults || touched.has(at) ? faults.beside.get(at) : undefined) ?? told.beside.get(at),
    touch: (at) => setTouched((before) => (before.has(at) ? before : new Set(before).add(at))),
    idOf: (at) => `${own}${at.replace(/\W/g, (sign) => `-${sign.charCodeAt(0)}`)}`,
    upload,
    disabled,
  };
  const rest = [...(showFaults ? faults.rest : []), ...told.rest];
  return (
    <FormContext value={frame}>
      <div className="grid min-w-0 gap-4">
        <Faults faults={rest} />
        <Part
          schema={schema}
          path={path}
          name={props.label}
          required
          outermost
          value={value}
          onChange={props.onChange}
        />
      </div>
    </FormContext>
  );
}

/** What is wrong and has no field beside which it could stand. */
export function Faults({ faults }: { faults: readonly Violation[] }) {
  if (!faults.length) return null;
  return (
    <ul
      role="alert"
      className="grid gap-1 rounded-md border border-danger/50 bg-danger-soft px-3 py-2 text-[13px] text-danger"
    >
      {faults.map((each) => (
        <li key={`${each.field} ${each.description}`} className="break-words">
          {each.field && <code className="mr-1.5 font-mono text-xs">{each.field}</code>}
          {each.description}
        </li>
      ))}
    </ul>
  );
}
