/** What every page stands in: navigation, the light of the connection, keys; or the way in. */
import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";

import { feed } from "@/api/feed";
import { may, useIdentity } from "@/api/identity";
import { queryClient } from "@/api/query";
import { chooseNamespace, useSession } from "@/api/session";
import { ConnectionLight } from "@/components/ConnectionLight";
import { NamespaceMenu } from "@/components/NamespaceMenu";
import { Navigation } from "@/components/Navigation";
import { PhoneMenu } from "@/components/PhoneMenu";
import { ScreenCode } from "@/components/ScreenCode";
import { ShortcutHelp } from "@/components/ShortcutHelp";
import { SignIn } from "@/components/SignIn";
import { Failed, Loading } from "@/components/states";
import { ThemeMenu } from "@/components/ThemeMenu";
import { Button } from "@/components/ui/button";
import { WhoAmI } from "@/components/WhoAmI";
import { WorkersOnly } from "@/components/WorkersOnly";

export function Shell() {
  const { key, namespace, refused } = useSession();
  const identity = useIdentity();
  const looks = !refused && may(identity.data, "read");
  useEffect(() => (looks ? feed.start() : undefined), [looks, key, namespace]);
  useEffect(
    // After a break everything but the watches themselves may have changed.
    () =>
      feed.listen({ events: () => undefined, begun: () => void queryClient.invalidateQueries() }),
    [],
  );
  if (refused) return <SignIn error={refused} />;
  if (identity.isPending)
    return <Loading what="the dashboard" className="mx-auto max-w-sm pt-24" />;
  // What was known stays known while a server is away.
  if (identity.isLoadingError)
    return (
      <main className="grid justify-items-center pt-16">
        <Failed
          error={identity.error}
          what="reach the server"
          onRetry={() => void identity.refetch()}
        />
        {namespace && (
          <Button size="sm" onClick={() => chooseNamespace("")}>
            Leave the namespace {namespace}
          </Button>
        )}
      </main>
    );
  if (!looks) return <WorkersOnly name={identity.data.name ?? ""} />;
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)] md:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:left-2 focus:top-2 focus:z-50 focus:rounded focus:bg-raised focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <aside className="row-span-2 hidden min-h-0 overflow-y-auto border-r bg-panel md:block">
        <Navigation />
      </aside>
      <div className="flex h-13 items-center gap-2 border-b bg-panel px-3 md:px-5">
        <PhoneMenu />
        <ConnectionLight />
        <div className="ml-auto flex min-w-0 items-center gap-1">
          <NamespaceMenu />
          <ScreenCode />
          <ShortcutHelp />
          <ThemeMenu />
          <WhoAmI />
        </div>
      </div>
      <main id="main" tabIndex={-1} className="min-w-0 overflow-y-auto outline-none">
        <div className="mx-auto grid max-w-[100rem] grid-cols-[minmax(0,1fr)] gap-4 p-3 md:p-5">
          <Outlet />
        </div>
      </main>
    </div>
  );
}
