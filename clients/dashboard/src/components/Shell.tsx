/** What every page stands in: navigation, the light of the connection, keys; or the way in. */
import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";

import { asApiError, CODE } from "@/api/errors";
import { feed } from "@/api/feed";
import { useIdentity } from "@/api/identity";
import { queryClient } from "@/api/query";
import { ConnectionLight } from "@/components/ConnectionLight";
import { Navigation } from "@/components/Navigation";
import { PhoneMenu } from "@/components/PhoneMenu";
import { ScreenCode } from "@/components/ScreenCode";
import { ShortcutHelp } from "@/components/ShortcutHelp";
import { SignIn } from "@/components/SignIn";
import { Failed, Loading } from "@/components/states";
import { ThemeMenu } from "@/components/ThemeMenu";
import { WhoAmI } from "@/components/WhoAmI";

export function Shell() {
  const identity = useIdentity();
  const known = identity.isSuccess;
  useEffect(() => (known ? feed.start() : undefined), [known]);
  useEffect(
    // After a break everything but the watches themselves may have changed.
    () =>
      feed.listen({ events: () => undefined, begun: () => void queryClient.invalidateQueries() }),
    [],
  );
  if (identity.isPending)
    return <Loading what="the dashboard" className="mx-auto max-w-sm pt-24" />;
  if (identity.isError) {
    const error = asApiError(identity.error);
    if (error.code === CODE.unauthenticated) return <SignIn error={error} />;
    return <Failed error={error} what="reach the server" onRetry={() => void identity.refetch()} />;
  }
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
        <div className="ml-auto flex items-center gap-1">
          <ScreenCode />
          <ShortcutHelp />
          <ThemeMenu />
          <WhoAmI />
        </div>
      </div>
      <main id="main" tabIndex={-1} className="min-w-0 overflow-y-auto outline-none">
        <div className="mx-auto grid max-w-[100rem] gap-4 p-3 md:p-5">
          <Outlet />
        </div>
      </main>
    </div>
  );
}
