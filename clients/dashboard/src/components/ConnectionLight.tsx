/** Whether what is shown is live. */
import { useConnection, type Link } from "@/api/connection";
import { cn } from "@/lib/classes";

export const LOOKS: Record<Link, { dot: string; words: string }> = {
  live: { dot: "bg-succeeded", words: "Live" },
  connecting: { dot: "bg-interrupted", words: "Connecting…" },
  lost: { dot: "bg-failed", words: "No connection, trying again" },
};

export function ConnectionLight() {
  const link = useConnection();
  const { dot, words } = LOOKS[link];
  return (
    <div role="status" data-link={link} className="flex items-center gap-2 text-[13px] text-soft">
      <span aria-hidden className={cn("size-2.5 shrink-0 rounded-full", dot)} />
      {words}
    </div>
  );
}
