/**
 * Loads the code of all pages once the first one stands, so that going to one waits for nothing, even
 * while the server restarts; and loads the dashboard anew once the server has another version of it.
 */
import type { AnyRouter } from "@tanstack/react-router";

const NAME = "runwire.reloaded";
const IDLE_MS = 3000;
const AGAIN_MS = 60_000;

export function loadAhead(router: AnyRouter): void {
  addEventListener("vite:preloadError", () => void reloadIfReplaced());
  const load = () => {
    for (const route of Object.values(router.routesByPath))
      // What cannot be loaded now is loaded when somebody goes there.
      void router.loadRouteChunk(route as never)?.catch(() => undefined);
  };
  // Safari has no requestIdleCallback.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(load, { timeout: IDLE_MS });
  else setTimeout(load, IDLE_MS);
}

/** A file that is gone while the server is there was replaced by an upgrade. */
async function reloadIfReplaced(): Promise<void> {
  const last = Number(sessionStorage.getItem(NAME) ?? 0);
  if (Date.now() - last < AGAIN_MS) return;
  const response = await fetch("/", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) return;
  sessionStorage.setItem(NAME, String(Date.now()));
  location.reload();
}
