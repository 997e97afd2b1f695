/** What a view shows while it has nothing to show: it waits, there is nothing, or it failed. */
import { CircleAlert, Inbox, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { asApiError, CODE } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";

interface LoadingProps {
  what: string;
  rows?: number;
  className?: string;
}

/** Grey lines where the content will be. */
export function Loading({ what, rows = 4, className }: LoadingProps) {
  return (
    <div role="status" aria-label={`Loading ${what}`} className={cn("grid gap-2 p-4", className)}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-7 animate-pulse rounded bg-sunken" />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  icon?: LucideIcon;
  /** What one can do about it. */
  children?: ReactNode;
}

export function Empty({ title, icon: Icon = Inbox, children }: EmptyProps) {
  return (
    <div className="grid justify-items-center gap-2 px-4 py-12 text-center">
      <Icon aria-hidden className="size-8 text-line-strong" />
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-sm text-soft">{children}</div>}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  /** What could not be done, as "load the runs". */
  what: string;
  onRetry?: () => void;
}

export function Failed({ error, what, onRetry }: FailedProps) {
  const { message, code, reason, requestId } = asApiError(error);
  const title =
    code === CODE.notFound
      ? "Not found"
      : code === CODE.permissionDenied
        ? "Not for this key"
        : `Could not ${what}`;
  return (
    <div role="alert" className="grid justify-items-center gap-2 px-4 py-10 text-center">
      <CircleAlert aria-hidden className="size-8 text-danger" />
      <p className="font-medium">{title}</p>
      <p className="max-w-prose break-words text-sm text-soft">{message}</p>
      {(reason || requestId) && (
        <p className="font-mono text-xs text-soft">
          {[reason, requestId].filter(Boolean).join(" · ")}
        </p>
      )}
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
