/** What stands in place of the pages as long as they cannot be shown. */
import type { ReactNode } from "react";

import { useTitle } from "@/lib/title";

interface Props {
  title: string;
  children: ReactNode;
}

export function Gate({ title, children }: Props) {
  useTitle(title);
  return (
    <main className="grid min-h-full place-items-center p-4">
      <div className="grid w-full max-w-sm gap-5 rounded-xl border bg-panel p-6 shadow-sm">
        <div className="flex items-center gap-2.5">
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={30} height={30} />
          <div>
            <p className="text-xs text-soft">Runwire</p>
            <h1 className="text-lg font-semibold leading-tight">{title}</h1>
          </div>
        </div>
        {children}
      </div>
    </main>
  );
}
