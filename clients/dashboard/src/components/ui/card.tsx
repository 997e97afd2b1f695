/** A part of a page with a frame and a heading. */
import type { ReactNode } from "react";

import { cn } from "@/lib/classes";

interface Props {
  title?: string;
  /** What stands at the right of the title. */
  actions?: ReactNode;
  className?: string;
  /** Without padding, for tables and drawings. */
  flush?: boolean;
  children: ReactNode;
}

export function Card({ title, actions, className, flush, children }: Props) {
  return (
    <section
      {...(title ? { "aria-label": title } : {})}
      className={cn("min-w-0 rounded-lg border bg-panel", className)}
    >
      {title && (
        <div className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b px-4 py-1.5">
          <h2 className="text-sm font-semibold">{title}</h2>
          {actions}
        </div>
      )}
      <div className={cn("min-w-0", !flush && "p-4")}>{children}</div>
    </section>
  );
}

/** Facts by name, in columns as there is room. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-4 gap-y-3">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="truncate text-sm">{children}</dd>
    </div>
  );
}
