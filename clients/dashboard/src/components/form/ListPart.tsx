/** Several values of a form, one below the other. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";

import { useForm, type PartProps } from "@/components/form/context";
import { Group } from "@/components/form/Group";
import { JsonPart } from "@/components/form/JsonPart";
import { Part } from "@/components/form/Part";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/numbers";
import { initial, initialItem, itemSchema } from "@/lib/schema/initial";
import { join } from "@/lib/schema/join";
import type { Shape } from "@/lib/schema/shape";

/** More are shown as JSON: a form of thousands of fields helps nobody. */
const MAX_SHOWN = 100;

interface Props extends PartProps<Extract<Shape, { kind: "list" }>> {
  schema: unknown;
  outermost?: boolean | undefined;
}

export function ListPart({ schema, ...props }: Props) {
  const { shape, path, label, value, required, onChange } = props;
  const { root } = useForm();
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (items.length > MAX_SHOWN || (value !== undefined && value !== null && !Array.isArray(value)))
    return <JsonPart {...props} />;
  const replace = (index: number, item: unknown) =>
    onChange(items.map((each, at) => (at === index ? (item ?? null) : each)));
  const swap = (a: number, b: number) =>
    onChange(items.map((each, at) => (at === a ? items[b] : at === b ? items[a] : each)));
  const add = () => onChange([...items, initialItem(itemSchema(shape, items.length), root)]);
  const fixed = Math.max(shape.min, shape.first.length);
  return (
    <Group
      {...props}
      hint={bounds(shape)}
      present={Array.isArray(value)}
      onAdd={() => onChange(initial({ ...bare(schema), default: undefined }, root) ?? [])}
      onRemove={() => onChange(shape.nullable && required ? null : undefined)}
    >
      {items.map((item, index) => (
        <div key={index} className="flex min-w-0 items-start gap-1">
          <div className="min-w-0 flex-1">
            <Part
              schema={itemSchema(shape, index)}
              path={join(path, index)}
              name={`${label} ${index + 1}`}
              required
              value={item ?? undefined}
              onChange={(next) => replace(index, next)}
            />
          </div>
          {items.length > fixed && (
            <div className="mt-7 flex">
              <Move
                label={`${label} ${index + 1}`}
                up
                onMove={index ? () => swap(index, index - 1) : null}
              />
              <Move
                label={`${label} ${index + 1}`}
                onMove={index + 1 < items.length ? () => swap(index, index + 1) : null}
              />
              <Button
                variant="ghost"
                size="icon"
                className="size-8"
                aria-label={`Remove ${label} ${index + 1}`}
                onClick={() => onChange(items.filter((_, at) => at !== index))}
              >
                <Trash2 aria-hidden />
              </Button>
            </div>
          )}
        </div>
      ))}
      {shape.rest && items.length < shape.max && (
        <div>
          <Button size="sm" onClick={add}>
            <Plus aria-hidden />
            Add to {label}
          </Button>
        </div>
      )}
    </Group>
  );
}

interface MoveProps {
  label: string;
  up?: boolean;
  onMove: (() => void) | null;
}

function Move({ label, up, onMove }: MoveProps) {
  const Sign = up ? ArrowUp : ArrowDown;
  return (
    <Button
      variant="ghost"
      size="icon"
      className="size-8 max-sm:hidden"
      disabled={!onMove}
      aria-label={`Move ${label} ${up ? "up" : "down"}`}
      onClick={() => onMove?.()}
    >
      <Sign aria-hidden />
    </Button>
  );
}

function bare(schema: unknown): object {
  return typeof schema === "object" && schema !== null ? schema : {};
}

function bounds({ first, rest, min, max }: Extract<Shape, { kind: "list" }>): string {
  if (first.length && !rest) return "";
  const said = [
    min > 0 && `at least ${count(min)}`,
    Number.isFinite(max) && `at most ${count(max)}`,
  ];
  return said.filter(Boolean).join(", ");
}
