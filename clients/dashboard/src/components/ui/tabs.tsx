/** Parts of a page of which one is shown. */
import { Tabs as Radix } from "radix-ui";
import { useEffect, useRef, type ComponentProps } from "react";

import { cn } from "@/lib/classes";

export const Tabs = Radix.Root;

export function TabList({ className, ...rest }: ComponentProps<typeof Radix.List>) {
  const list = useRef<HTMLDivElement>(null);
  const shown = useRef<Element | null>(null);
  // Where there is no room for all of them, the one that is open is among those that are seen.
  useEffect(() => {
    const open = list.current?.querySelector<HTMLElement>("[data-state=active]");
    if (!list.current || !open || open === shown.current) return;
    shown.current = open;
    const { offsetLeft, offsetWidth } = open;
    list.current.scrollLeft = offsetLeft + offsetWidth / 2 - list.current.clientWidth / 2;
  });
  return (
    <Radix.List
      ref={list}
      className={cn(
        "relative flex gap-1 overflow-x-auto border-b [scrollbar-width:none]",
        className,
      )}
      {...rest}
    />
  );
}

export function Tab({ className, ...rest }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(
        "-mb-px inline-flex shrink-0 items-center gap-1.5 border-b-2 border-transparent px-3 py-2 text-sm text-soft hover:text-ink focus-visible:outline-offset-[-2px] data-[state=active]:border-brand data-[state=active]:font-medium data-[state=active]:text-ink [&_svg]:size-4",
        className,
      )}
      {...rest}
    />
  );
}

export function TabPanel({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={cn("min-h-0 pt-4", className)} {...rest} />;
}
