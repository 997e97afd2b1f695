/** A cron, and in words what it means; the words are loaded when they are first needed. */
import { useQuery } from "@tanstack/react-query";

/** Return how crons are said; null until that is loaded. */
export function useCronWords(): ((cron: string) => string | null) | null {
  const loaded = useQuery({
    queryKey: ["cron words"],
    queryFn: () => import("@/components/schedule/cron"),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return loaded.data?.cronWords ?? null;
}

export function CronWords({ cron }: { cron: string }) {
  const words = useCronWords()?.(cron);
  return (
    <span className="min-w-0">
      {words && <span className="block truncate">{words}</span>}
      <span className="block truncate font-mono text-xs text-soft">{cron}</span>
    </span>
  );
}
