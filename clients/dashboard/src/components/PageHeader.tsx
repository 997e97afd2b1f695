/** The top of a page: its name, where it belongs, and what can be done there. */
import type { ReactNode } from "react";

import { useTitle } from "@/lib/title";

interface Props {
  title: string;
  /** Stands before the title, a link to the list for example. */
  above?: ReactNode;
  /** Stands behind the title, a status for example. */
  beside?: ReactNode;
  actions?: ReactNode;
  mono?: boolean;
}

export function PageHeader({ title, above, beside, actions, mono }: Props) {
  useTitle(title);
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        {above && <div className="text-[13px] text-soft">{above}</div>}
        <div className="flex flex-wrap items-center gap-2">
          <h1
            tabIndex={-1}
            className={`min-w-0 break-all text-xl font-semibold outline-none ${mono ? "font-mono text-lg" : ""}`}
          >
            {title}
          </h1>
          {beside}
        </div>
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
