/** A form from a JSON Schema, and the same value as JSON: what is changed in one is there in the other. */
import { lazy, Suspense, useState } from "react";

import type { Violation } from "@/api/errors";
import { JsonEditor } from "@/components/JsonEditor";
import { Loading } from "@/components/states";
import { cn } from "@/lib/classes";
import { pretty } from "@/lib/payload";
import { shapeOf } from "@/lib/schema/shape";
import { parsed, says } from "@/lib/schema/typed";

const SchemaFields = lazy(() => import("@/components/form/SchemaFields"));
const FaultList = lazy(() => import("@/components/form/FaultList"));

export interface SchemaFormProps {
  /** JSON Schema. */
  schema: unknown;
  value: unknown;
  onChange: (value: unknown) => void;
  /** What the server found wrong, shown beside the fields. */
  violations?: readonly Violation[];
  /** Where the value stands in the request, as `spec.input`: what the violations' paths begin with. */
  path: string;
  /** What it is, for those who hear it, and where the schema has no title. */
  label?: string;
  /** Tell what is wrong everywhere; otherwise only where somebody has been. */
  showFaults?: boolean;
  /** Store a file as an artifact and return its id; offered beside fields for text. */
  upload?: (file: File) => Promise<string>;
  /** The JSON that is typed cannot be read (why), or can again (empty): nothing should be sent meanwhile. */
  onSpoiled?: (why: string) => void;
  disabled?: boolean;
}

/** A form made from a JSON Schema. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, label = "Value" } = props;
  const formless = shapeOf(schema, schema).kind === "any";
  const [as, setAs] = useState<"form" | "json">("form");
  const [spoiled, setSpoiled] = useState("");
  const spoil = (why: string) => {
    setSpoiled(why);
    props.onSpoiled?.(why);
  };
  const json = formless || as === "json";
  return (
    <div className="grid min-w-0 gap-3">
      {!formless && (
        <div role="group" aria-label={`Fill in ${label}`} className="flex">
          <Way now={!json} disabled={spoiled !== ""} onClick={() => setAs("form")}>
            Form
          </Way>
          <Way now={json} onClick={() => setAs("json")}>
            JSON
          </Way>
        </div>
      )}
      <Suspense fallback={<Loading what="the form" className="p-0" />}>
        {json ? (
          <AsJson {...props} label={label} onSpoiled={spoil} />
        ) : (
          <SchemaFields
            {...props}
            label={label}
            violations={props.violations ?? []}
            showFaults={props.showFaults ?? false}
          />
        )}
      </Suspense>
    </div>
  );
}

interface WayProps {
  now: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: string;
}

function Way({ now, ...rest }: WayProps) {
  return (
    <button
      type="button"
      aria-pressed={now}
      className={cn(
        "h-7 border px-3 text-xs first:rounded-l-md last:rounded-r-md last:-ml-px disabled:opacity-55",
        now ? "bg-brand-soft font-medium" : "bg-panel text-soft hover:bg-sunken",
      )}
      {...rest}
    />
  );
}

function AsJson(props: SchemaFormProps & { label: string; onSpoiled: (why: string) => void }) {
  const { value, onChange, onSpoiled, label } = props;
  const [text, setText] = useState(() => pretty(value));
  const fault = parsed(text).fault ?? "";
  const shown = fault || says(text, value) ? text : pretty(value);
  return (
    <div className="grid min-w-0 gap-2">
      <FaultList
        schema={props.schema}
        value={value}
        path={props.path}
        violations={props.violations ?? []}
        showFaults={(props.showFaults ?? false) && !fault}
      />
      <JsonEditor
        text={shown}
        label={`${label}, as JSON`}
        minHeight="8rem"
        maxHeight="28rem"
        readOnly={props.disabled}
        onChange={(next) => {
          setText(next);
          const found = parsed(next);
          onSpoiled(found.fault ?? "");
          if (found.fault === undefined) onChange(found.value);
        }}
      />
      {fault && (
        <p role="alert" className="text-xs text-danger">
          {fault}
        </p>
      )}
    </div>
  );
}
