/** The figures at the top: how many runs stand where, and how many came and went of late. */
import { asApiError } from "@/api/errors";
import type { Message, RunStatus } from "@/api/types";
import { Chart, type ChartSeries } from "@/components/Chart";
import { spoken } from "@/components/runs/span";
import { StatusFigure } from "@/components/runs/StatusFigure";
import { useCounts } from "@/components/runs/use-counts";
import { milliseconds } from "@/lib/time";
import { RUN_STATUSES } from "@/lib/status";
import { WINDOWS, type RunsSearch, type Window } from "@/routes/runs.search";

interface Props {
  search: RunsSearch;
  onStatus: (status: RunStatus[] | undefined) => void;
  onWindow: (window: Window) => void;
}

const HEIGHT = 118;

export function Overview({ search, onStatus, onWindow }: Props) {
  const window = search.window ?? "1h";
  const counts = useCounts(window, search.graph);
  const counted = new Map(counts.data?.statuses?.map((each) => [each.status, each]));
  const asked = search.status ?? [];
  const choose = (status: RunStatus) => {
    const next = asked.includes(status)
      ? asked.filter((each) => each !== status)
      : [...asked, status];
    onStatus(next.length ? next : undefined);
  };
  return (
    <section aria-label="Figures" className="grid gap-3 lg:grid-cols-[27rem_minmax(0,1fr)]">
      <div className="grid grid-cols-4 gap-2">
        <StatusFigure
          status={undefined}
          runs={total(counts.data)}
          more={counts.data?.statuses?.some((each) => each.more) ?? false}
          pressed={!asked.length}
          onPress={() => onStatus(undefined)}
        />
        {RUN_STATUSES.map((status) => {
          const { runs, more } = counted.get(status) ?? {};
          return (
            <StatusFigure
              key={status}
              status={status}
              runs={counts.data && Number(runs ?? 0)}
              more={more ?? false}
              pressed={asked.includes(status)}
              onPress={() => choose(status)}
            />
          );
        })}
      </div>
      <div className="min-w-0 rounded-lg border bg-panel px-3 py-2">
        <div className="flex flex-wrap items-center justify-between gap-2 pb-1">
          <h2 className="text-[13px] font-semibold">
            Throughput
            {search.graph && <span className="font-normal text-soft"> of {search.graph}</span>}
          </h2>
          <Windows chosen={window} onChoose={onWindow} />
        </div>
        {counts.isError && !counts.data ? (
          <p role="alert" className="grid place-items-center text-soft" style={{ height: HEIGHT }}>
            {asApiError(counts.error).message}
          </p>
        ) : (
          <Throughput counts={counts.data} window={window} />
        )}
      </div>
    </section>
  );
}

function Windows({ chosen, onChoose }: { chosen: Window; onChoose: Props["onWindow"] }) {
  return (
    <div role="group" aria-label="How far back" className="flex rounded-md border p-0.5">
      {WINDOWS.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === chosen}
          aria-label={`${each}: ${spoken(each)}`}
          onClick={() => onChoose(each)}
          className="rounded px-2 py-0.5 text-xs text-soft hover:text-ink aria-pressed:bg-sunken aria-pressed:font-medium aria-pressed:text-ink"
        >
          {each}
        </button>
      ))}
    </div>
  );
}

type Counts = Message<"CountRunsResponse"> | undefined;

function Throughput({ counts, window }: { counts: Counts; window: Window }) {
  const buckets = counts?.buckets ?? [];
  const series: ChartSeries[] = [
    {
      name: "created",
      tone: "running",
      fill: true,
      values: buckets.map(({ created }) => Number(created ?? 0)),
    },
    {
      name: "succeeded",
      tone: "succeeded",
      values: buckets.map(({ succeeded }) => Number(succeeded ?? 0)),
    },
    {
      name: "failed",
      tone: "failed",
      fill: true,
      values: buckets.map(({ failed }) => Number(failed ?? 0)),
    },
  ];
  return (
    <Chart
      label={`Runs, ${spoken(window)}`}
      times={buckets.map(({ startTime }) => Date.parse(startTime ?? "") / 1000)}
      series={series}
      height={HEIGHT}
      width={milliseconds(counts?.bucketWidth) / 1000}
    />
  );
}

function total(counts: Counts): number | undefined {
  return counts?.statuses?.reduce((sum, { runs }) => sum + Number(runs ?? 0), 0);
}
