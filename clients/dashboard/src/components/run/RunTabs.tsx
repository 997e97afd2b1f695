/** The parts of a run's page, with how much there is in each. */
import { Activity, GanttChart, LayoutDashboard, Paperclip, SquareStack } from "lucide-react";

import type { RunNow } from "@/api/run-watch";
import { useModel } from "@/components/run/live-model";
import { CountsModel } from "@/components/run/counts-model";
import { Tab, TabList } from "@/components/ui/tabs";
import { count } from "@/lib/numbers";
import { useShortcut } from "@/lib/shortcuts";
import type { RunTab } from "@/routes/run.search";

interface Props {
  now: RunNow;
  onOpen: (tab: RunTab) => void;
}

export function RunTabs({ now, onOpen }: Props) {
  const { steps, artifacts, checkpoints } = useModel(now.run?.runId ?? "", () => new CountsModel());
  useShortcut("o", "Show the overview", () => onOpen("overview"));
  useShortcut("t", "Show the timeline", () => onOpen("timeline"));
  useShortcut("e", "Show the events", () => onOpen("events"));
  useShortcut("s", "Show the state", () => onOpen("state"));
  useShortcut("a", "Show the artifacts", () => onOpen("artifacts"));
  return (
    <TabList aria-label="Parts of the run">
      <Tab value="overview">
        <LayoutDashboard aria-hidden /> Overview
      </Tab>
      <Tab value="timeline">
        <GanttChart aria-hidden /> Timeline <Count of={steps} />
      </Tab>
      <Tab value="events">
        <Activity aria-hidden /> Events <Count of={now.run?.lastSequence} />
      </Tab>
      <Tab value="state">
        <SquareStack aria-hidden /> State <Count of={checkpoints} />
      </Tab>
      <Tab value="artifacts">
        <Paperclip aria-hidden /> Artifacts <Count of={artifacts} />
      </Tab>
    </TabList>
  );
}

function Count({ of }: { of: number | string | undefined }) {
  if (!Number(of)) return null;
  return (
    <span className="rounded-full bg-sunken px-1.5 text-xs font-normal tabular-nums text-soft">
      {count(of)}
    </span>
  );
}
