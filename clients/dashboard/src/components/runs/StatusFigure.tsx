/** How many runs have a status; pressing it narrows the list to them. */
import { Layers } from "lucide-react";

import type { RunStatus } from "@/api/types";
import { SIGNS } from "@/components/StatusBadge";
import { cn } from "@/lib/classes";
import { count } from "@/lib/numbers";
import { lookOf, TONES } from "@/lib/status";

interface Props {
  /** All of them, without one. */
  status: RunStatus | undefined;
  /** Not known yet, without one. */
  runs: number | undefined;
  /** There are more than that. */
  more: boolean;
  pressed: boolean;
  onPress: () => void;
}

const LONG = 1_000_000;
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

export function StatusFigure({ status, runs, more, pressed, onPress }: Props) {
  const { label, tone } = lookOf(status);
  const Sign = status ? SIGNS[tone] : Layers;
  // Only the colour of the text is wanted of the tone.
  const [colour] = TONES[tone].split(" ");
  const number =
    runs === undefined
      ? "–"
      : `${runs < LONG ? count(runs) : short.format(runs)}${more ? "+" : ""}`;
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      data-figure={status ? label : "all"}
      className="grid min-w-0 content-center gap-0.5 rounded-lg border bg-panel px-2.5 py-2 text-left hover:border-line-strong aria-pressed:border-brand aria-pressed:bg-brand-soft"
    >
      <span className="truncate text-lg font-semibold leading-tight tabular-nums sm:text-xl">
        {number}
      </span>
      <span
        className={cn("flex items-center gap-1 text-xs", pressed || !status ? "text-ink" : colour)}
      >
        <Sign aria-hidden className="size-3.5 shrink-0 max-sm:hidden" />
        <span className="truncate">{status ? label : "all runs"}</span>
      </span>
    </button>
  );
}
