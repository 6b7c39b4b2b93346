import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../src/server/contract/runs.ts";
import { toCount } from "../../format/numbers.ts";
import { Button } from "../../ui/button.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { LogRow } from "./log-row.tsx";

interface LogLinesProps {
  readonly lines: readonly LogLine[];
  readonly isWrapped: boolean;
}

const nearEnd = 30; // px

/** All lines, of which those in sight are in the page. At the end it follows; further up it says how many came. */
export function LogLines({ lines, isWrapped }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<number | null>(null); // lines there were when somebody scrolled up; null = it follows
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    overscan: 12,
  });
  useEffect(() => {
    if (seen === null) virtualizer.scrollToIndex(lines.length - 1, { align: "end" });
  }, [virtualizer, seen, lines.length]);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <ScrollRegion
        ref={scroller}
        label="Lines of the log"
        className="min-h-0 flex-1 py-1 font-mono text-xs"
        onScroll={({ scrollTop, clientHeight, scrollHeight }) => {
          const isAtEnd = scrollTop + clientHeight >= scrollHeight - nearEnd;
          setSeen((before) => (isAtEnd ? null : (before ?? lines.length)));
        }}
      >
        <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={isWrapped ? "absolute inset-x-0 top-0" : "absolute top-0 min-w-full"}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {line !== undefined && <LogRow line={line} isWrapped={isWrapped} />}
              </div>
            );
          })}
        </div>
      </ScrollRegion>
      {seen !== null && (
        <div className="absolute right-4 bottom-3 flex gap-2">
          <Button onClick={() => virtualizer.scrollToIndex(0)}>↑ top</Button>
          <Button onClick={() => setSeen(null)}>
            ↓ {lines.length > seen ? `${toCount(lines.length - seen)} new` : "follow"}
          </Button>
        </div>
      )}
    </div>
  );
}
