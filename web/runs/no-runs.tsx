import { useQueries } from "@tanstack/react-query";
import { parseQuery, printQuery } from "../../src/projections/query-text.ts";
import { asked, useApi } from "../api/context.tsx";
import { toCounted } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/notices.tsx";
import { withoutTerm } from "./query-chips.ts";

interface NoRunsProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

/** Nothing matches: says which condition costs most. Or there is no run at all: says how to make one. */
export function NoRuns({ q, onQuery }: NoRunsProps) {
  return q === "" ? <FirstRun /> : <NothingMatches q={q} onQuery={onQuery} />;
}

function NothingMatches({ q, onQuery }: NoRunsProps) {
  const api = useApi();
  const { terms } = parseQuery(q);
  const relaxed = terms
    .slice(0, 6)
    .map((term, index) => ({ text: printQuery([term]), q: withoutTerm(q, index) }));
  const counts = useQueries({
    queries: relaxed.map(({ q }) => asked(api, "runs", { query: { q, limit: 1 } })),
  });
  return (
    <Empty title="Nothing matches">
      <ul className="flex flex-col gap-1">
        {relaxed.map(({ text, q: without }, index) => {
          const count = counts[index]?.data?.total?.count;
          return (
            <li key={text}>
              <Button onClick={() => onQuery(without)}>
                Without <bdi className="font-mono text-xs">{text}</bdi>
                {count !== undefined && `: ${toCounted(count, "run")}`}
              </Button>
            </li>
          );
        })}
      </ul>
      <Button look="quiet" onClick={() => onQuery("")}>
        Clear the query
      </Button>
    </Empty>
  );
}

const commands = ["npx millrace dev flow.ts", "npx tsx flow.ts"];

function FirstRun() {
  return (
    <Empty title="No run yet">
      <p>
        A run appears here as soon as a flow is called: by a script, a worker, or from the page of the flow.
      </p>
      {commands.map((text) => (
        <div key={text} className="flex items-center gap-1 rounded-md bg-sunken pl-3">
          <code className="font-mono text-xs">{text}</code>
          <CopyButton text={text} />
        </div>
      ))}
    </Empty>
  );
}
