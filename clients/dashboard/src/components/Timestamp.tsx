/** A time as "3 min. ago", exact for those who point at it; and how long something takes. */
import { useNow } from "@/lib/clock";
import { ago, between, exact, spell } from "@/lib/time";

export function Timestamp({ time }: { time: string | undefined }) {
  const now = useNow();
  if (!time) return <span className="text-soft">–</span>;
  return (
    <time dateTime={time} title={exact(time)} className="whitespace-nowrap tabular-nums">
      {ago(time, now)}
    </time>
  );
}

interface Props {
  start: string | undefined;
  /** None while it goes on. */
  end: string | undefined;
}

export function Duration({ start, end }: Props) {
  const now = useNow();
  if (!start) return <span className="text-soft">–</span>;
  return <span className="whitespace-nowrap tabular-nums">{spell(between(start, end, now))}</span>;
}
