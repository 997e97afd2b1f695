/** Whether what is shown is live, since when, and how fast the server answers. */
import { RefreshCw } from "lucide-react";

import { useConnection, useConnectionSince } from "@/api/connection";
import { useMeasuredServer } from "@/api/server";
import { LOOKS } from "@/components/ConnectionLight";
import { Button } from "@/components/ui/button";
import { Card, Fact, Facts } from "@/components/ui/card";
import { useNow } from "@/lib/clock";
import { skewOf } from "@/lib/server";
import { spell } from "@/lib/time";

const EVERY_MS = 10_000;

export function Connection() {
  const link = useConnection();
  const since = useConnectionSince();
  const now = useNow();
  const { data, isFetching, refetch } = useMeasuredServer(EVERY_MS);
  return (
    <Card
      title="Connection"
      actions={
        <Button size="sm" variant="ghost" disabled={isFetching} onClick={() => void refetch()}>
          <RefreshCw aria-hidden />
          Measure
        </Button>
      }
    >
      <Facts>
        <Fact name="The watch of all runs">{LOOKS[link].words}</Fact>
        <Fact name={link === "live" ? "Live for" : "So for"}>
          {spell(Math.max(0, now - since))}
        </Fact>
        <Fact name="Address">{location.origin}</Fact>
        <Fact name="A call takes">{data ? spell(data.latencyMs) : "–"}</Fact>
        <Fact name="The server's clock">{data ? skewOf(data.aheadMs, data.latencyMs) : "–"}</Fact>
      </Facts>
    </Card>
  );
}
