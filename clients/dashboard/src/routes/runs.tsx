/** Runs: every one, newest first, live. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useRef } from "react";

import { useMay } from "@/api/identity";
import { PageHeader } from "@/components/PageHeader";
import { cleared } from "@/components/runs/chips";
import { FilterBar, type OnSearch } from "@/components/runs/FilterBar";
import { Overview } from "@/components/runs/Overview";
import { PAGE_SIZE } from "@/components/runs/run-list";
import { RunsTable } from "@/components/runs/RunsTable";
import { duration } from "@/components/runs/span";
import { BUCKETS } from "@/components/runs/use-counts";
import { useRunList } from "@/components/runs/use-run-list";
import { Button } from "@/components/ui/button";
import { useScreenCalls } from "@/lib/screen-call";
import { useShortcut } from "@/lib/shortcuts";
import type { RunsSearch } from "@/routes/runs.search";

const route = getRouteApi("/");

export default function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const live = useRunList(search);
  const box = useRef<HTMLInputElement>(null);
  useShortcut("/", "Search", () => box.current?.focus());
  useRunCalls(live.filter, search);
  const show: OnSearch = (next, typing) =>
    void navigate({ search: next, replace: typing ?? false });
  return (
    <>
      <PageHeader title="Runs" actions={<StartButton />} />
      <Overview
        search={search}
        onStatus={(status) => show({ ...search, status })}
        onWindow={(window) =>
          void navigate({ search: { ...search, window }, replace: true, resetScroll: false })
        }
      />
      <FilterBar search={search} onSearch={show} box={box} />
      <RunsTable
        key={live.filter}
        live={live}
        search={search}
        onClear={() => show(cleared(search))}
      />
    </>
  );
}

function StartButton() {
  if (!useMay("run")) return null;
  return (
    <Button asChild variant="primary">
      <Link to="/ui/start">
        <Play aria-hidden />
        Start a run
      </Link>
    </Button>
  );
}

function useRunCalls(filter: string, { window = "1h", graph }: RunsSearch): void {
  useScreenCalls(
    {
      rpc: "RunService.ListRuns",
      request: { pageSize: PAGE_SIZE, ...(filter ? { filter } : {}) },
      cli: ["runs", "list", ...(filter ? ["--filter", filter] : [])],
    },
    { rpc: "RunService.WatchRuns", request: filter ? { filter } : {} },
    {
      rpc: "RunService.CountRuns",
      request: {
        window: duration(window),
        buckets: BUCKETS[window],
        ...(graph ? { graphId: graph } : {}),
      },
    },
  );
}
