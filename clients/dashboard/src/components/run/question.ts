/** What an interrupt asks, and how it may be answered. */
import type { Interrupt } from "@/api/types";
import { valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";
import { shapeOf } from "@/lib/schema/shape";

export interface Question {
  /** The question in words; empty if its value has none. */
  text: string;
  /** What else the value says; undefined if that is all. */
  rest: unknown;
  /** Nobody asks: too many workers ended while they had the run. */
  parked: boolean;
}

/** Names under which people put the question into a value. */
const WORDS = ["question", "message", "prompt", "text", "ask"] as const;

export function questionOf(interrupt: Interrupt): Question {
  const value = valueOf(interrupt.value);
  if (typeof value === "string") return { text: value, rest: undefined, parked: false };
  if (!isRecord(value)) return { text: "", rest: value ?? undefined, parked: false };
  if (value["reason"] === "WORKERS_CRASHED" && !interrupt.node)
    return { text: "", rest: value["crashes"], parked: true };
  const name = WORDS.find((each) => typeof value[each] === "string");
  if (!name) return { text: "", rest: value, parked: false };
  const rest = Object.entries(value).filter(([key]) => key !== name);
  return {
    text: String(value[name]),
    rest: rest.length ? Object.fromEntries(rest) : undefined,
    parked: false,
  };
}

export type Way =
  | { kind: "buttons"; options: readonly { label: string; value: unknown }[] }
  | { kind: "form"; schema: unknown }
  | { kind: "free" };

const MOST_BUTTONS = 6;

/** Return how an answer is given: what is one of a few is a button each. */
export function wayOf(interrupt: Interrupt): Way {
  const schema = valueOf(interrupt.answerSchema);
  if (!isRecord(schema) || !Object.keys(schema).length) return { kind: "free" };
  const shape = shapeOf(schema, schema);
  if (shape.kind === "boolean")
    return {
      kind: "buttons",
      options: [
        { label: "Approve", value: true },
        { label: "Reject", value: false },
      ],
    };
  if (shape.kind === "choice" && shape.options.length <= MOST_BUTTONS)
    return {
      kind: "buttons",
      options: shape.options.map((value) => ({
        label: typeof value === "string" ? value : JSON.stringify(value),
        value,
      })),
    };
  return shape.kind === "any" ? { kind: "free" } : { kind: "form", schema };
}
