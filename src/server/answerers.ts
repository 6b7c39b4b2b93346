import type { Answerers } from "./ask.ts";
import {
  answerCancel,
  answerFork,
  answerPause,
  answerResume,
  answerRetry,
  answerSignal,
  answerStart,
  answerUnblock,
} from "./commands/answers.ts";
import { answerFlow } from "./flows/flow-detail.ts";
import { answerFlows } from "./flows/flow-rows.ts";
import { answerGrid } from "./flows/grid.ts";
import { answerTrends } from "./flows/trends.ts";
import { answerLog } from "./log/log.ts";
import { answerAside, answerProjections, answerRebuild, answerRetryAside } from "./log/projections.ts";
import { answerBulk, answerOperation, answerOperations, answerStopOperation } from "./operations/answers.ts";
import {
  answerCapacity,
  answerPauseQueue,
  answerRemoveLimit,
  answerResumeQueue,
  answerSetLimit,
} from "./overview/capacity.ts";
import { answerHome } from "./overview/home.ts";
import { answerChildren } from "./runs/children.ts";
import { answerCompare } from "./runs/compare.ts";
import { answerRun } from "./runs/detail.ts";
import { answerEvents, answerValues } from "./runs/events.ts";
import { answerHistogram } from "./runs/histogram.ts";
import { answerRuns } from "./runs/list-runs.ts";
import { answerLogs } from "./runs/logs.ts";
import { answerState } from "./runs/state.ts";
import { answerInfo, answerPutView, answerRemoveView, answerViews } from "./settings/answers.ts";

/** Who answers which route. */
export const answerers: Answerers = {
  info: answerInfo,
  runs: answerRuns,
  histogram: answerHistogram,
  run: answerRun,
  events: answerEvents,
  state: answerState,
  values: answerValues,
  logs: answerLogs,
  children: answerChildren,
  compare: answerCompare,
  start: answerStart,
  cancel: answerCancel,
  retry: answerRetry,
  fork: answerFork,
  signal: answerSignal,
  unblock: answerUnblock,
  pause: answerPause,
  resume: answerResume,
  bulk: answerBulk,
  operations: answerOperations,
  operation: answerOperation,
  stopOperation: answerStopOperation,
  flows: answerFlows,
  flow: answerFlow,
  grid: answerGrid,
  trends: answerTrends,
  home: answerHome,
  capacity: answerCapacity,
  setLimit: answerSetLimit,
  removeLimit: answerRemoveLimit,
  pauseQueue: answerPauseQueue,
  resumeQueue: answerResumeQueue,
  log: answerLog,
  projections: answerProjections,
  rebuild: answerRebuild,
  aside: answerAside,
  retryAside: answerRetryAside,
  views: answerViews,
  putView: answerPutView,
  removeView: answerRemoveView,
};
