/**
 * Addresses and the pages that they show; each page is loaded when it is first opened.
 *
 * Only `/` and what is below `/ui/` is the dashboard's: other paths are those of the APIs.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";

import { Failed } from "@/components/states";
import { Shell } from "@/components/Shell";
import { artifactsSearch } from "@/routes/artifacts.search";
import { keysSearch } from "@/routes/keys.search";
import { runSearch } from "@/routes/run.search";
import { runsSearch } from "@/routes/runs.search";
import { threadSearch } from "@/routes/thread.search";
import { threadsSearch } from "@/routes/threads.search";
import { NotFound } from "@/routes/not-found";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const at = <const Path extends string>(
  path: Path,
  load: () => Promise<{ default: () => unknown }>,
) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(load as () => Promise<{ default: () => React.ReactNode }>),
  });

interface StartSearch {
  graph?: string;
  /** A run whose input to begin with. */
  from?: string;
  /** A thread to run on. */
  thread?: string;
}

export const runsRoute = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("@/routes/runs")),
});
export const runRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/runs/$runId",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import("@/routes/run")),
});
export const startRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/start",
  validateSearch: (search: Record<string, unknown>): StartSearch => ({
    graph: text(search["graph"]),
    from: text(search["from"]),
    thread: text(search["thread"]),
  }),
  component: lazyRouteComponent(() => import("@/routes/start")),
});
export const graphRoute = at("/ui/graphs/$graphId", () => import("@/routes/graph"));
export const editorRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/editor",
  validateSearch: (search: Record<string, unknown>): { graph?: string } => ({
    graph: text(search["graph"]),
  }),
  component: lazyRouteComponent(() => import("@/routes/editor")),
});
export const threadsRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/threads",
  validateSearch: threadsSearch,
  component: lazyRouteComponent(() => import("@/routes/threads")),
});
export const threadRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/threads/$threadId",
  validateSearch: threadSearch,
  component: lazyRouteComponent(() => import("@/routes/thread")),
});
export const artifactsRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/artifacts",
  validateSearch: artifactsSearch,
  component: lazyRouteComponent(() => import("@/routes/artifacts")),
});
export const scheduleRoute = at("/ui/schedules/$scheduleId", () => import("@/routes/schedule"));

const keysRoute = createRoute({
  getParentRoute: () => root,
  path: "/ui/keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import("@/routes/keys")),
});

const tree = root.addChildren([
  runsRoute,
  runRoute,
  startRoute,
  at("/ui/graphs", () => import("@/routes/graphs")),
  graphRoute,
  editorRoute,
  threadsRoute,
  threadRoute,
  artifactsRoute,
  at("/ui/schedules", () => import("@/routes/schedules")),
  scheduleRoute,
  at("/ui/workers", () => import("@/routes/workers")),
  at("/ui/storage", () => import("@/routes/storage")),
  keysRoute,
  at("/ui/settings", () => import("@/routes/settings")),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => (
    <Failed error={error} what="show this page" onRetry={reset} />
  ),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}
