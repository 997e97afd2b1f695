/** Numbers over time: as lines for those who see them, as words and a table for those who hear. */
import { lazy, Suspense, useState } from "react";

import { count } from "@/lib/numbers";
import { FILLS, type Tone } from "@/lib/status";

const Plot = lazy(() => import("@/components/chart-plot"));

export interface ChartSeries {
  name: string;
  /** One for each time. */
  values: readonly number[];
  /** The colour of its line. */
  tone: Tone;
  fill?: boolean;
}

interface Props {
  /** What it shows, as "Runs over time". */
  label: string;
  /** Seconds since 1970, rising. */
  times: readonly number[];
  series: readonly ChartSeries[];
  height: number;
  /** How long each point is, in seconds: what is pointed at is told with it. */
  width: number;
}

const moment = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function Chart({ label, times, series, height, width }: Props) {
  const [point, setPoint] = useState<number | null>(null);
  const total = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);
  const shown = point !== null && point < times.length ? point : null;
  const at = shown === null ? undefined : times[shown];
  const spoken = series.map(({ name, values }) => `${count(total(values))} ${name}`).join(", ");
  return (
    <figure className="min-w-0">
      <div role="img" aria-label={`${label}: ${spoken}`}>
        <Suspense fallback={<div className="animate-pulse rounded bg-sunken" style={{ height }} />}>
          <Plot times={times} series={series} height={height} onPoint={setPoint} />
        </Suspense>
      </div>
      <figcaption
        aria-hidden
        className="flex flex-wrap items-center gap-x-4 gap-y-1 pt-1 text-xs tabular-nums text-soft"
      >
        {series.map(({ name, values, tone }) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span className={`h-0.5 w-3 rounded-full ${FILLS[tone]}`} />
            {name}
            <strong className="font-semibold text-ink">
              {count(shown === null ? total(values) : values[shown])}
            </strong>
          </span>
        ))}
        <span className="ml-auto">
          {at === undefined ? "" : `${moment.format(at * 1000)}, ${lasting(width)}`}
        </span>
      </figcaption>
      <Numbers label={label} times={times} series={series} />
    </figure>
  );
}

function Numbers({ label, times, series }: Pick<Props, "label" | "times" | "series">) {
  return (
    <div className="sr-only">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{moment.format(time * 1000)}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{values[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function lasting(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}
