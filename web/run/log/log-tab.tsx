import { useMemo, useState } from "react";
import { Empty, ErrorState, Skeleton } from "../../ui/notices.tsx";
import { useMoment, useRunSearch } from "../run-context.tsx";
import { LogLines } from "./log-lines.tsx";
import { type LogOptions, LogToolbar } from "./log-toolbar.tsx";
import { useLog } from "./use-log.ts";

const usual: LogOptions = { level: "debug", task: null, isWrapped: true };

/** What the code of the run said, and what happened to it, in the order of time. */
export function LogTab() {
  const moment = useMoment();
  const [{ find = "" }] = useRunSearch();
  const [options, setOptions] = useState(usual);
  const { level, task, isWrapped } = options;
  const log = useLog({ level, text: find, task });
  const until = moment.isPast ? moment.at : null;
  const lines = useMemo(
    () => (until === null ? log.lines : log.lines.filter(({ at }) => at <= until)),
    [log.lines, until],
  );
  const isEverything = find === "" && level === "debug" && task === null;
  return (
    <>
      <LogToolbar options={options} onChange={setOptions} lines={lines} dropped={log.dropped} />
      {log.error !== null && (
        <ErrorState what="The log could not be read" error={log.error} onRetry={log.fetchAll} />
      )}
      {log.isLoading && log.error === null && <Skeleton />}
      {!log.isLoading && lines.length === 0 && (
        <Empty title={isEverything ? "Nothing was said yet" : "No line matches"} />
      )}
      {lines.length > 0 && <LogLines lines={lines} isWrapped={isWrapped} />}
    </>
  );
}
