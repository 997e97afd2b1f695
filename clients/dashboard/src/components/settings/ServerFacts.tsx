/** What server this is. */
import { useMeasuredServer } from "@/api/server";
import { Failed, Loading } from "@/components/states";
import { Timestamp } from "@/components/Timestamp";
import { Card, Fact, Facts } from "@/components/ui/card";
import { databaseOf, langgraphOf } from "@/lib/server";

export function ServerFacts() {
  const query = useMeasuredServer();
  const server = query.data?.server;
  return (
    <Card title="Server">
      {query.isPending && <Loading what="the server" rows={2} className="p-0" />}
      {query.isError && !server && (
        <Failed error={query.error} what="ask the server" onRetry={() => void query.refetch()} />
      )}
      {server && (
        <Facts>
          <Fact name="Version">{server.version}</Fact>
          <Fact name="Started">
            <Timestamp time={server.startTime} />
          </Fact>
          <Fact name="gRPC">{server.grpcAddress}</Fact>
          <Fact name="HTTP">{server.httpAddress || "through a gateway"}</Fact>
          <Fact name="Database">{databaseOf(server)}</Fact>
          <Fact name="LangGraph">{langgraphOf(server)}</Fact>
          <Fact name="TLS">{server.tls ? "required" : "off"}</Fact>
          <Fact name="Authentication">
            {server.auth ? "on" : "off: everybody may do everything"}
          </Fact>
        </Facts>
      )}
    </Card>
  );
}
