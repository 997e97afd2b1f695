/** What of the event log is shown: kinds, a node, how severe, and words. */
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { isFiltering, NO_FILTER, type EventFilter } from "@/components/run/event-index";
import { EVENT_KINDS, KIND_NAMES, type EventKind } from "@/components/run/event-kinds";
import { KIND_SIGNS } from "@/components/run/icons";
import { cn } from "@/lib/classes";
import { count } from "@/lib/numbers";
import { useShortcut } from "@/lib/shortcuts";

interface Props {
  filter: EventFilter;
  onChange: (filter: EventFilter) => void;
  kinds: ReadonlyMap<EventKind, number>;
  nodes: readonly string[];
}

const TYPING_MS = 150;
const SEVERITIES = [
  [6, "Without debugging"],
  [5, "Notices and worse"],
  [4, "Warnings and worse"],
  [3, "Errors and worse"],
] as const;

export function EventFilters({ filter, onChange, kinds, nodes }: Props) {
  const there = EVENT_KINDS.filter((kind) => kinds.has(kind) || filter.kinds.includes(kind));
  const toggle = (kind: EventKind) => {
    const on = filter.kinds.includes(kind);
    const next = on ? filter.kinds.filter((each) => each !== kind) : [...filter.kinds, kind];
    onChange({ ...filter, kinds: next });
  };
  return (
    <div className="grid gap-2 p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Words text={filter.text} onText={(text) => onChange({ ...filter, text })} />
        <Select
          aria-label="Node"
          className="w-auto min-w-28 max-w-44 max-sm:flex-1"
          value={filter.node}
          onChange={(event) => onChange({ ...filter, node: event.target.value })}
        >
          <option value="">All nodes</option>
          {[...new Set([...nodes, ...(filter.node ? [filter.node] : [])])].map((node) => (
            <option key={node} value={node}>
              {node}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Severity"
          className="w-auto min-w-28 max-sm:flex-1"
          value={filter.severity ?? ""}
          onChange={({ target: { value } }) =>
            onChange({ ...filter, severity: value ? Number(value) : null })
          }
        >
          <option value="">Any severity</option>
          {SEVERITIES.map(([severity, name]) => (
            <option key={severity} value={severity}>
              {name}
            </option>
          ))}
        </Select>
        {isFiltering(filter) && (
          <Button variant="ghost" size="sm" onClick={() => onChange(NO_FILTER)}>
            <X aria-hidden /> Show all
          </Button>
        )}
      </div>
      <div role="group" aria-label="Kinds of events" className="flex flex-wrap gap-1.5">
        {there.map((kind) => (
          <Chip
            key={kind}
            kind={kind}
            number={kinds.get(kind) ?? 0}
            on={filter.kinds.includes(kind)}
            onClick={() => toggle(kind)}
          />
        ))}
      </div>
    </div>
  );
}

interface ChipProps {
  kind: EventKind;
  number: number;
  on: boolean;
  onClick: () => void;
}

function Chip({ kind, number, on, onClick }: ChipProps) {
  const Sign = KIND_SIGNS[kind];
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onClick}
      className={cn(
        "inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 text-xs",
        on
          ? "border-brand bg-brand-soft font-medium text-ink"
          : "border-line text-soft hover:bg-sunken hover:text-ink",
      )}
    >
      <Sign aria-hidden className="size-3.5" />
      {KIND_NAMES[kind]}
      <span className="tabular-nums">{count(number)}</span>
    </button>
  );
}

function Words({ text, onText }: { text: string; onText: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const [given, setGiven] = useState(text);
  // The address changed by other ways than typing: back, or "Show all".
  if (given !== text) {
    setGiven(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onText(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onText]);
  useShortcut("slash", "Search the events", () => field.current?.focus());
  return (
    <div className="relative min-w-40 flex-1">
      <Search aria-hidden className="absolute left-2.5 top-2.5 size-4 text-soft" />
      <Input
        ref={field}
        type="search"
        aria-label="Search the events"
        placeholder="Search the events"
        className="pl-8"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </div>
  );
}
