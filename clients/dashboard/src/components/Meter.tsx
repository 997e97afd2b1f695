/** How much of something is full, or what it is made of. */
import { cn } from "@/lib/classes";
import { FILLS, type Tone } from "@/lib/status";

export interface Part {
  name: string;
  tone: Tone | "brand";
  value: number;
}

interface Props {
  /** What it shows, for those who hear it. */
  label: string;
  parts: readonly Part[];
  /** What fills all of it; the sum of the parts if left out. */
  of?: number;
  className?: string;
}

export function Meter({ label, parts, of, className }: Props) {
  const whole = Math.max(
    of ?? 0,
    parts.reduce((sum, { value }) => sum + value, 0),
  );
  return (
    <div
      role="img"
      aria-label={label}
      title={parts.map(({ name, value }) => `${name}: ${value.toLocaleString("en")}`).join(", ")}
      className={cn(
        "flex h-2 w-full min-w-16 gap-px overflow-hidden rounded-full bg-sunken",
        className,
      )}
    >
      {parts
        .filter(({ value }) => value > 0)
        .map(({ name, tone, value }) => (
          <span
            key={name}
            className={cn("h-full min-w-0.5", tone === "brand" ? "bg-brand" : FILLS[tone])}
            style={{ width: `${(100 * value) / whole}%` }}
          />
        ))}
    </div>
  );
}
