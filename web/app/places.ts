import type { IconName } from "../ui/icon.tsx";

/** Where one can go from everywhere. A screen that is not there is not in here. */
export const places = [
  { to: "/", label: "Home", icon: "home", keys: "g h" },
  { to: "/runs", label: "Runs", icon: "runs", keys: "g r" },
  { to: "/flows", label: "Flows", icon: "flows", keys: "g f" },
  { to: "/capacity", label: "Capacity", icon: "capacity", keys: "g c" },
  { to: "/log", label: "Log", icon: "log", keys: "g l" },
  { to: "/compare", label: "Compare", icon: "compare", keys: "g d" },
] as const satisfies readonly { to: string; label: string; icon: IconName; keys: string }[];
