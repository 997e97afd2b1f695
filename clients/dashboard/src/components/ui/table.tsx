/** Tables: they scroll sideways in their own frame where there is no room. */
import type { ComponentProps } from "react";

import { cn } from "@/lib/classes";

interface Props extends ComponentProps<"table"> {
  /** What the table lists. */
  label: string;
}

export function Table({ label, className, children, ...rest }: Props) {
  return (
    // Who has no pointer scrolls it by keyboard.
    <div role="region" aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      <table className={cn("w-full border-collapse text-left text-sm", className)} {...rest}>
        {children}
      </table>
    </div>
  );
}

export function Th({ className, ...rest }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn(
        "whitespace-nowrap border-b px-4 py-2 text-xs font-medium text-soft",
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ className, ...rest }: ComponentProps<"td">) {
  return <td className={cn("border-b px-4 py-2 align-middle", className)} {...rest} />;
}
