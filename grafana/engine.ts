import { logPanels, projectionPanels } from "./engine-log.ts";
import { processPanels, queuePanels } from "./engine-workers.ts";
import { frame } from "./frame.ts";

/** For those who maintain Millrace: log, projections, queues, processes. */
export const engineBoard = frame({
  uid: "millrace-engine",
  title: "Millrace / Engine",
  about: "What is inside: the log, projections, queues and processes. For those who run Millrace.",
  hasFlows: false,
  rows: [
    { title: "Log", panels: logPanels },
    { title: "Projections", panels: projectionPanels },
    { title: "Queues and workers", panels: queuePanels },
    { title: "Processes", panels: processPanels },
  ],
});
