/** Keys, the audit log, and for those who administer the server everywhere, namespaces. */
import { getRouteApi } from "@tanstack/react-router";

import { useMay } from "@/api/identity";
import { useOperates } from "@/api/namespaces";
import { AuditLog } from "@/components/audit/AuditLog";
import { KeyTable } from "@/components/keys/KeyTable";
import { NewKey } from "@/components/keys/NewKey";
import { Namespaces } from "@/components/namespaces/Namespaces";
import { PageHeader } from "@/components/PageHeader";
import { Empty } from "@/components/states";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { auditFilter } from "@/lib/audit";
import { useScreenCalls, type ScreenCall } from "@/lib/screen-call";
import type { KeysTab } from "@/routes/keys.search";

const route = getRouteApi("/ui/keys");

export default function KeysPage() {
  const administers = useMay("administer");
  const operates = useOperates();
  const { tab: asked = "keys", ...choice } = route.useSearch();
  const navigate = route.useNavigate();
  const tab = asked === "namespaces" && !operates ? "keys" : asked;
  // The time of a filter is that of the call; the one that is shown has none.
  useScreenCalls(callOf(tab, auditFilter({ ...choice, since: undefined }, 0)));
  if (!administers)
    return (
      <>
        <PageHeader title="Keys and audit" />
        <Empty title="Not for this key">Only admins see keys and the audit log.</Empty>
      </>
    );
  return (
    <>
      <PageHeader title="Keys and audit" actions={tab === "keys" && <NewKey />} />
      <Tabs
        value={tab}
        onValueChange={(next) => void navigate({ search: { ...choice, tab: next as KeysTab } })}
      >
        <TabList aria-label="Keys and audit">
          <Tab value="keys">Keys</Tab>
          <Tab value="audit">Audit log</Tab>
          {operates && <Tab value="namespaces">Namespaces</Tab>}
        </TabList>
        <TabPanel value="keys">
          <KeyTable />
        </TabPanel>
        <TabPanel value="audit">
          <AuditLog
            choice={choice}
            onChoose={(next) => void navigate({ search: { ...next, tab }, replace: true })}
          />
        </TabPanel>
        {operates && (
          <TabPanel value="namespaces">
            <Namespaces />
          </TabPanel>
        )}
      </Tabs>
    </>
  );
}

function callOf(tab: KeysTab, filter: string): ScreenCall {
  const calls: Record<KeysTab, ScreenCall> = {
    keys: { rpc: "KeyService.ListKeys", request: { pageSize: 100 }, cli: ["keys", "list"] },
    audit: {
      rpc: "AdminService.ListAuditEntries",
      request: { pageSize: 100, ...(filter ? { filter } : {}) },
      cli: ["audit", "list", ...(filter ? ["--filter", filter] : [])],
    },
    namespaces: {
      rpc: "NamespaceService.ListNamespaces",
      request: {},
      cli: ["namespaces", "list"],
    },
  };
  return calls[tab];
}
