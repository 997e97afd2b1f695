/** Settings: the connection, the server, who one is, looks, keys, and the code for the API. */
import { PageHeader } from "@/components/PageHeader";
import { Connection } from "@/components/settings/Connection";
import { Documents } from "@/components/settings/Documents";
import { Examples } from "@/components/settings/Examples";
import { Looks } from "@/components/settings/Looks";
import { Me } from "@/components/settings/Me";
import { ServerFacts } from "@/components/settings/ServerFacts";
import { ShortcutList } from "@/components/ShortcutHelp";
import { Card } from "@/components/ui/card";
import { useScreenCalls } from "@/lib/screen-call";

export default function SettingsPage() {
  useScreenCalls(
    { rpc: "AdminService.GetServer", request: {} },
    { rpc: "KeyService.GetIdentity", request: {}, cli: ["keys", "whoami"] },
  );
  return (
    <>
      <PageHeader title="Settings" />
      <div className="grid gap-4 xl:grid-cols-2">
        <Connection />
        <ServerFacts />
        <Me />
        <Looks />
      </div>
      <Examples />
      <div className="grid gap-4 xl:grid-cols-2">
        <Card title="Keys of the keyboard">
          <ShortcutList />
        </Card>
        <Documents />
      </div>
    </>
  );
}
