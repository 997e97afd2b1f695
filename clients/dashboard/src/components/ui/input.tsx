/** Fields to type into and to choose from: the browser's own, in our looks. */
import type { ComponentProps } from "react";

import { cn } from "@/lib/classes";

const LOOKS =
  "w-full rounded-md border border-line-strong bg-panel px-3 text-sm text-ink placeholder:text-soft disabled:opacity-55 aria-invalid:border-danger";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cn(LOOKS, "h-9", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cn(LOOKS, "min-h-20 py-2", className)} {...rest} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={cn(LOOKS, "h-9 pr-8", className)} {...rest} />;
}

interface FieldProps {
  label: string;
  /** The id of the control. */
  name: string;
  hint?: string;
  error?: string;
  children: React.ReactNode;
}

/** A control with its label, and what is wrong with it beside it; give the control `aria-describedby={`${name}-note`}`. */
export function Field({ label, name, hint, error, children }: FieldProps) {
  return (
    <div className="grid gap-1">
      <label htmlFor={name} className="text-[13px] font-medium">
        {label}
      </label>
      {children}
      <p
        id={`${name}-note`}
        className={cn("min-h-0 text-xs", error ? "text-danger" : "text-soft")}
        role={error ? "alert" : undefined}
      >
        {error ?? hint ?? ""}
      </p>
    </div>
  );
}
