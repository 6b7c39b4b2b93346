import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { engineBoard } from "./engine.ts";
import { flowBoard } from "./flow.ts";
import { overview } from "./overview.ts";

/** Every dashboard, in the order in which one looks at them. */
export const boards: readonly Dashboard[] = [overview, flowBoard, engineBoard];

export function toJson(board: Dashboard): string {
  return `${JSON.stringify(board, null, 2)}\n`;
}
