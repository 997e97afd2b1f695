/** Buttons, and links that look like them. */
import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/classes";

const button = cva(
  "inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded-md text-sm font-medium transition-colors disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-brand text-brand-ink hover:brightness-95",
        outline: "border border-line-strong/60 bg-panel text-ink hover:bg-sunken",
        ghost: "text-ink hover:bg-sunken",
        danger: "border border-danger/50 bg-danger-soft text-danger hover:border-danger",
      },
      size: {
        md: "h-9 px-3",
        sm: "h-8 px-2.5 text-[13px]",
        icon: "size-9",
      },
    },
    defaultVariants: { variant: "outline", size: "md" },
  },
);

interface Props extends ComponentProps<"button">, VariantProps<typeof button> {
  /** Give the looks to the child, a link for example. */
  asChild?: boolean;
}

export function Button({ className, variant, size, asChild, ...rest }: Props) {
  const Tag = asChild ? Slot.Root : "button";
  return (
    <Tag
      {...(asChild ? {} : { type: "button" as const })}
      className={cn(button({ variant, size }), className)}
      {...rest}
    />
  );
}
