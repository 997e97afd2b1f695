/** Values under names of one's own. */
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { useForm } from "@/components/form/context";
import { Part } from "@/components/form/Part";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { initialItem } from "@/lib/schema/initial";
import { join } from "@/lib/schema/join";
import { without } from "@/lib/schema/resolve";
import type { Shape } from "@/lib/schema/shape";

interface Props {
  shape: Extract<Shape, { kind: "object" }>;
  path: string;
  label: string;
  record: Record<string, unknown>;
  onChange: (value: unknown) => void;
}

export function NamedParts({ shape, path, label, record, onChange }: Props) {
  const { root } = useForm();
  const [name, setName] = useState("");
  const known = new Set(shape.fields.map((field) => field.name));
  const others = Object.keys(record).filter((each) => !known.has(each));
  const taken = name in record || known.has(name);
  const add = () => {
    if (!name || taken) return;
    onChange({ ...record, [name]: initialItem(shape.extra ?? {}, root) });
    setName("");
  };
  return (
    <>
      {others.map((each) => (
        <div key={each} className="flex min-w-0 items-start gap-1">
          <div className="min-w-0 flex-1">
            <Part
              schema={shape.extra ?? {}}
              path={join(path, each)}
              name={each}
              required
              value={record[each] ?? undefined}
              onChange={(next) => onChange({ ...record, [each]: next ?? null })}
            />
          </div>
          <Button
            variant="ghost"
            size="icon"
            className="mt-6 size-8"
            aria-label={`Remove ${each}`}
            onClick={() => onChange(without(record, each))}
          >
            <Trash2 aria-hidden />
          </Button>
        </div>
      ))}
      {shape.extra && (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            value={name}
            aria-label={`Name of what is added to ${label}`}
            placeholder="name"
            className="h-8 w-44"
            aria-invalid={taken}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              add();
            }}
          />
          <Button size="sm" disabled={!name || taken} onClick={add}>
            <Plus aria-hidden />
            {taken ? "It is there already" : "Add"}
          </Button>
        </div>
      )}
    </>
  );
}
