import { useMutation, useQuery } from "@tanstack/react-query";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { toCount } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";

type Operation = AnswerOf<"operation">;

const words = {
  running: "under way",
  interrupted: "its server is gone; another one takes it over",
  done: "done",
  stopped: "stopped",
} as const;

const askAgainMs = 500;
const isUnderWay = ({ state }: Operation): boolean => state === "running" || state === "interrupted";

/** How far a command for many runs is: no event tells that, so it is asked for until the end. */
export function OperationProgress({ begun }: { readonly begun: Operation }) {
  const api = useApi();
  const operation = useQuery({
    ...asked(api, "operation", { params: { id: begun.id } }),
    initialData: begun,
    staleTime: 0, // it has gone on since
    refetchInterval: ({ state: { data } }) => (data === undefined || isUnderWay(data) ? askAgainMs : false),
  });
  const { state, total, carriedOut, skipped, failed, failures, note } = operation.data;
  const isOpen = isUnderWay(operation.data);
  const stop = useMutation({
    mutationFn: async () => api.ask("stopOperation", { params: { id: begun.id } }),
    onSettled: async () => operation.refetch(),
  });
  const through = carriedOut + skipped + failed;
  return (
    <div className="flex flex-col gap-2">
      <p role="status">
        {toCount(through)} of {toCount(total)}: {words[state]}
        {skipped > 0 && ` · ${toCount(skipped)} were not in a state for it any more`}
        {failed > 0 && ` · ${toCount(failed)} failed`}
      </p>
      <progress
        className="h-2 w-full accent-accent"
        max={Math.max(1, total)}
        value={through}
        aria-label="Runs done"
      />
      {note !== null && <p className="text-soft">{note}</p>}
      <ul className="text-danger">
        {failures.map(({ run, code, message }) => (
          <li key={run}>
            <span className="font-mono text-xs">{run}</span> {code}: {message}
          </li>
        ))}
      </ul>
      <div className="flex justify-end gap-2">
        {isOpen && (
          <Button icon="retry" onClick={() => void operation.refetch()}>
            Look again
          </Button>
        )}
        {isOpen && (
          <Button icon="stop" onClick={() => stop.mutate()}>
            Stop
          </Button>
        )}
      </div>
    </div>
  );
}
