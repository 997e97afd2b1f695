/** Storage: what graphs keep, how large the database is, and having it keep less. */
import { RefreshCw } from "lucide-react";

import { useMay } from "@/api/identity";
import { useStorage } from "@/api/storage";
import { PageHeader } from "@/components/PageHeader";
import { Failed, Loading } from "@/components/states";
import { Database } from "@/components/storage/Database";
import { GraphTable } from "@/components/storage/GraphTable";
import { Prune } from "@/components/storage/Prune";
import { Button } from "@/components/ui/button";
import { useScreenCalls } from "@/lib/screen-call";

export default function StoragePage() {
  useScreenCalls({ rpc: "AdminService.GetStorage", request: {}, cli: ["storage"] });
  const administers = useMay("administer");
  const query = useStorage();
  const graphs = query.data?.graphs ?? [];
  return (
    <>
      <PageHeader
        title="Storage"
        actions={
          <>
            <Button
              variant="ghost"
              disabled={query.isFetching}
              onClick={() => void query.refetch()}
            >
              <RefreshCw aria-hidden />
              Count again
            </Button>
            {administers && (
              <Prune graphs={graphs.flatMap(({ graphId }) => (graphId ? [graphId] : []))} />
            )}
          </>
        }
      />
      {query.isPending && <Loading what="what is stored" rows={6} className="p-0" />}
      {query.isError && !query.data && (
        <Failed
          error={query.error}
          what="load what is stored"
          onRetry={() => void query.refetch()}
        />
      )}
      {query.data && <GraphTable graphs={graphs} />}
      {query.data?.database && <Database database={query.data.database} />}
    </>
  );
}
