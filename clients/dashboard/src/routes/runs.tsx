/** Runs: every one, newest first, live. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { Play } from "lucide-react";

import { useMay } from "@/api/identity";
import { PageHeader } from "@/components/PageHeader";
import { RunsTable } from "@/components/runs/RunsTable";
import { Button } from "@/components/ui/button";

const route = getRouteApi("/");

export default function RunsPage() {
  const search = route.useSearch();
  const mayRun = useMay("run");
  return (
    <>
      <PageHeader
        title="Runs"
        actions={
          mayRun && (
            <Button asChild variant="primary">
              <Link to="/ui/start">
                <Play aria-hidden />
                Start a run
              </Link>
            </Button>
          )
        }
      />
      <RunsTable search={search} />
    </>
  );
}
