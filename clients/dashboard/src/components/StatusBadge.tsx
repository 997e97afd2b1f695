/** A status, by colour, word and sign: colour alone tells some people nothing. */
import {
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  CircleX,
  Loader,
  type LucideIcon,
} from "lucide-react";

import type { RunStatus } from "@/api/types";
import { cn } from "@/lib/classes";
import { lookOf, TONES, type Tone } from "@/lib/status";

export const SIGNS: Record<Tone, LucideIcon> = {
  queued: CircleDashed,
  running: Loader,
  interrupted: CircleHelp,
  cancelling: CircleSlash,
  succeeded: CircleCheck,
  failed: CircleX,
  cancelled: CircleSlash,
};

interface Props {
  status: RunStatus | undefined;
  className?: string;
}

export function StatusBadge({ status, className }: Props) {
  const { label, tone } = lookOf(status);
  return (
    <ToneBadge tone={tone} className={className}>
      {label}
    </ToneBadge>
  );
}

interface ToneProps {
  tone: Tone;
  className?: string | undefined;
  children: React.ReactNode;
}

/** Any word in the looks of a status. */
export function ToneBadge({ tone, className, children }: ToneProps) {
  const Sign = SIGNS[tone];
  return (
    <span
      className={cn(
        "inline-flex h-6 shrink-0 items-center gap-1 rounded-full px-2 text-xs font-medium",
        TONES[tone],
        className,
      )}
    >
      <Sign
        aria-hidden
        className={cn("size-3.5", tone === "running" && "animate-spin [animation-duration:3s]")}
      />
      {children}
    </span>
  );
}
