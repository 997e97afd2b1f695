/** Parts of a page of which one is shown. */
import { Tabs as Radix } from "radix-ui";
import { useEffect, useRef, type ComponentProps } from "react";

import { cn } from "@/lib/classes";

export const Tabs = Radix.Root;

export function TabList({ className, ...rest }: ComponentProps<typeof Radix.List>) {
  const list = useRef<HTMLDivElement>(null);
  const shown = useRef<readonly unknown[]>([]);
  // Where there is no room for all of them, the one that is open is among those that are seen.
  useEffect(() => {
    const open = list.current?.querySelector<HTMLElement>("[data-state=active]");
    if (!list.current || !open) return;
    const { offsetLeft, offsetWidth } = open;
    const { clientWidth, scrollWidth } = list.current;
    // Again once the others have grown by their counts; else it stays where somebody pushed it.
    if (shown.current[0] === open && shown.current[1] === scrollWidth) return;
    shown.current = [open, scrollWidth];
    list.current.scrollLeft = offsetLeft + offsetWidth / 2 - clientWidth / 2;
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
