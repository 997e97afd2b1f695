/** Lines over time, drawn by uPlot in the colours of the theme; loaded when it is first shown. */
import "uplot/dist/uPlot.min.css";

import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";

import type { ChartSeries } from "@/components/Chart";
import { useDark } from "@/lib/theme";

interface Props {
  /** Seconds since 1970, rising. */
  times: readonly number[];
  series: readonly ChartSeries[];
  height: number;
  /** The point that is pointed at. */
  onPoint: (index: number | null) => void;
}

const FONT = "11px ui-sans-serif, system-ui, sans-serif";
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export default function Plot({ times, series, height, onPoint }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = useDark();
  const looks = JSON.stringify(series.map(({ name, tone, fill }) => ({ name, tone, fill })));
  const points = useMemo<uPlot.AlignedData>(
    () => [[...times], ...series.map(({ values }) => [...values])],
    [times, series],
  );
  const first = useRef(points);
  useEffect(() => {
    const inside = frame.current;
    if (!inside) return;
    const drawn = JSON.parse(looks) as Omit<ChartSeries, "values">[];
    const made = new uPlot(
      optionsOf(drawn, inside.clientWidth, height, onPoint),
      first.current,
      inside,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: inside.clientWidth, height }));
    observer.observe(inside);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The colours are read from the page: another theme draws anew.
  }, [looks, height, onPoint, dark]);
  useEffect(() => {
    first.current = points;
    plot.current?.setData(points);
  }, [points]);
  return <div ref={frame} style={{ height }} />;
}

function optionsOf(
  series: readonly Omit<ChartSeries, "values">[],
  width: number,
  height: number,
  onPoint: Props["onPoint"],
): uPlot.Options {
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string) => page.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("soft"),
    font: FONT,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [6, 4, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.08)] } },
    axes: [
      { ...axis, size: 24, gap: 4, space: 70, values: (_plot, at) => timesOf(at) },
      {
        ...axis,
        size: 36,
        gap: 4,
        space: 28,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 5e5, 1e6],
        values: (_plot, at) => at.map((each) => short.format(each)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, tone, fill }) => ({
        label: name,
        stroke: colour(tone),
        width: 1.5,
        points: { show: false },
        ...(fill ? { fill: colour(`${tone}-soft`) } : {}),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

/** Days where they differ, times of day else. */
function timesOf(at: readonly number[]): string[] {
  const days = (at.at(-1) ?? 0) - (at[0] ?? 0) > 172_800;
  const format = new Intl.DateTimeFormat(
    "en-GB",
    days ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" },
  );
  return at.map((each) => format.format(each * 1000));
}
