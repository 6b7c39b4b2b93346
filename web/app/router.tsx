import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { readCompareSearch } from "../compare/compare-search.ts";
import { readFlowSearch } from "../flows/flow-search.ts";
import { readHomeSearch } from "../home/home-search.ts";
import { readLogSearch } from "../log/log-search.ts";
import { readRunSearch } from "../run/run-search.ts";
import { readRunsSearch } from "../runs/runs-search.ts";
import type { PreferenceStore } from "../ui/preferences.ts";
import { BrokenScreen, LoadingScreen, UnknownScreen } from "./fallbacks.tsx";
import { Shell } from "./shell.tsx";

/** The routes below a root: their addresses, their search parameters and their screens. */
function createRoutes(getParentRoute: () => ReturnType<typeof createRoot>) {
  const home = createRoute({
    getParentRoute,
    path: "/",
    validateSearch: readHomeSearch,
    component: lazyRouteComponent(() => import("../home/home-screen.tsx"), "HomeScreen"),
  });
  const runs = createRoute({
    getParentRoute,
    path: "/runs",
    validateSearch: readRunsSearch,
    component: lazyRouteComponent(() => import("../runs/runs-screen.tsx"), "RunsScreen"),
  });
  const run = createRoute({
    getParentRoute,
    path: "/runs/$run",
    validateSearch: readRunSearch,
    component: lazyRouteComponent(() => import("../run/run-screen.tsx"), "RunScreen"),
  });
  const flows = createRoute({
    getParentRoute,
    path: "/flows",
    component: lazyRouteComponent(() => import("../flows/flows-screen.tsx"), "FlowsScreen"),
  });
  const flow = createRoute({
    getParentRoute,
    path: "/flows/$flow",
    validateSearch: readFlowSearch,
    component: lazyRouteComponent(() => import("../flows/flow-screen.tsx"), "FlowScreen"),
  });
  const capacity = createRoute({
    getParentRoute,
    path: "/capacity",
    component: lazyRouteComponent(() => import("../capacity/capacity-screen.tsx"), "CapacityScreen"),
  });
  const log = createRoute({
    getParentRoute,
    path: "/log",
    validateSearch: readLogSearch,
    component: lazyRouteComponent(() => import("../log/log-screen.tsx"), "LogScreen"),
  });
  const compare = createRoute({
    getParentRoute,
    path: "/compare",
    validateSearch: readCompareSearch,
    component: lazyRouteComponent(() => import("../compare/compare-screen.tsx"), "CompareScreen"),
  });
  return [home, runs, run, flows, flow, capacity, log, compare] as const;
}

function createRoot(preferences: PreferenceStore) {
  return createRootRoute({
    component: () => <Shell preferences={preferences} />,
    notFoundComponent: UnknownScreen,
    errorComponent: BrokenScreen,
  });
}

/**
 * Every address of the UI. What a screen shows stands in its search parameters, read by a function that takes any
 * text and never fails: an old or mistyped link shows what it can.
 */
export function createAppRouter(basepath: string, preferences: PreferenceStore) {
  const root = createRoot(preferences);
  return createRouter({
    routeTree: root.addChildren(createRoutes(() => root)),
    basepath,
    defaultPreload: "intent",
    defaultErrorComponent: BrokenScreen,
    defaultPendingComponent: LoadingScreen,
    defaultPendingMs: 200,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
