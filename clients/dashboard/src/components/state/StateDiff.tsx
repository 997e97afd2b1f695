/** What a state has that the one before it had not. */
import { lazy, Suspense } from "react";

import { Loading } from "@/components/states";
import { pretty } from "@/lib/payload";

const Diff = lazy(() => import("@/components/state/diff-code"));

interface Props {
  before: unknown;
  now: unknown;
  label: string;
}

/** More than this is not compared: it would take the browser too long. */
const MOST_CHARACTERS = 400_000;

export function StateDiff({ before, now, label }: Props) {
  const one = pretty(before);
  const other = pretty(now);
  if (one === other) return <p className="text-sm text-soft">Nothing changed.</p>;
  if (one.length + other.length > MOST_CHARACTERS)
    return <p className="text-sm text-soft">These states are too large to compare here.</p>;
  return (
    <Suspense fallback={<Loading what="the comparison" rows={3} className="p-0" />}>
      <Diff before={one} now={other} label={label} />
    </Suspense>
  );
}
