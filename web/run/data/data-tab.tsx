import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { asked, useApi } from "../../api/context.tsx";
import { toInstant } from "../../format/instants.ts";
import { toCounted } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Recorded } from "../call/call-values.tsx";
import { useMoment, useRun, useRunSearch } from "../run-context.tsx";
import { asCli, asCurl } from "./as-commands.ts";

/** What the run was given, what it returned, and everything else that is recorded of it. */
export function DataTab() {
  const moment = useMoment();
  const { summary, attempts } = moment.picture;
  const error = attempts.at(-1)?.error ?? null;
  return (
    <ScrollRegion
      label="Data of the run"
      className="grid min-h-0 flex-1 content-start gap-6 p-4 xl:grid-cols-2"
    >
      <h2 className="sr-only">Data</h2>
      <div className="flex min-w-0 flex-col gap-4">
        <Recorded title="Input" position={1} field="input" />
        {summary.state === "COMPLETED" && (
          <Recorded title="Result" position={summary.position} field="output" />
        )}
        {error !== null && (
          <section>
            <h3 className="text-xs text-faint">Error</h3>
            <p className="break-words text-state-failed">
              <bdi>
                {error.name}: {error.message.slice(0, 2_000)}
              </bdi>
            </p>
            {error.stack !== null && (
              <pre className="max-h-80 overflow-auto text-xs whitespace-pre-wrap text-soft">
                {error.stack}
              </pre>
            )}
          </section>
        )}
        <Commands />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Facts />
        <Children />
      </div>
    </ScrollRegion>
  );
}

function Facts() {
  const { run } = useRun();
  const { summary, patches, owner } = useMoment().picture;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Run", run],
    ["Flow", summary.flow],
    ["Queue", summary.queue],
    ["Made by", summary.trigger],
    ["Created", toInstant(summary.createdAt)],
    ["Tags", summary.tags.length === 0 ? "none" : summary.tags.join(", ")],
    ["Source", summary.source ?? "not known"],
    ["Code", summary.codeHash === "" ? "not called yet" : summary.codeHash],
    ["Patches", patches.length === 0 ? "none" : patches.join(", ")],
    ["Owner", owner === null ? "nobody" : (owner.worker ?? "not a worker")],
    ["Trace", summary.traceparent ?? "not traced"],
  ];
  return (
    <section>
      <h3 className="pb-1 text-xs text-faint">Facts</h3>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-faint">{name}</dt>
            <dd className="min-w-0 break-words">
              <bdi>{typeof value === "string" ? toPlainLine(value) : value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const shownChildren = 100;

function Children() {
  const moment = useMoment();
  const [, change] = useRunSearch();
  const children = [...moment.picture.children.values()];
  if (children.length === 0) return null;
  return (
    <section>
      <h3 className="pb-1 text-xs text-faint">{toCounted(children.length, "child run")}</h3>
      <ul>
        {children.slice(0, shownChildren).map(({ key, run, flow, state, closing }) => (
          <li key={key} className="flex min-h-6 flex-wrap items-center gap-x-3">
            <button type="button" className="hover:underline" onClick={() => change({ call: key })}>
              <bdi>{toPlainLine(key)}</bdi>
            </button>
            <bdi className="text-soft">{toPlainLine(flow)}</bdi>
            <span className="text-soft">{closing ?? state}</span>
            <Link to="/runs/$run" params={{ run }} className="text-accent hover:underline">
              {run}
            </Link>
          </li>
        ))}
      </ul>
      {children.length > shownChildren && (
        <p className="text-xs text-faint">and {toCounted(children.length - shownChildren, "more")}</p>
      )}
    </section>
  );
}

/** How to start a run like this one from elsewhere. */
function Commands() {
  const { run, head } = useRun();
  const api = useApi();
  const created = useQuery(asked(api, "values", { params: { run, position: 1 } }));
  if (created.data === undefined) return null;
  const { flow, queue, tags } = head.summary;
  const launch = { flow, queue, tags, input: created.data.values["input"] };
  const texts = [
    ["Command line", asCli(launch)],
    ["curl", asCurl(new URL(api.addressOf("start", {}), location.href).href, launch)],
  ] as const;
  return (
    <section>
      <h3 className="pb-1 text-xs text-faint">Start another one like it</h3>
      {texts.map(([name, text]) => (
        <div key={name} className="mb-2 flex items-start gap-1 rounded border border-line bg-sunken">
          <ScrollRegion label={name} className="max-h-40 min-w-0 flex-1 p-2">
            <pre className="text-xs whitespace-pre-wrap">{text.slice(0, 4_000)}</pre>
          </ScrollRegion>
          <CopyButton text={text} label={`Copy as ${name === "curl" ? "curl" : "a command line"}`} />
        </div>
      ))}
    </section>
  );
}
