import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toInstant } from "../../format/instants.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import type { Call } from "../timeline/calls.ts";

/** What is said of calls of one kind only. */
export function CallLinks({ call }: { readonly call: Call }) {
  const site = call.of.site === null ? null : <Row name="called in">{toPlainLine(call.of.site)}</Row>;
  switch (call.kind) {
    case "task":
      return (
        <>
          <Row name="runs in">
            {call.of.queue === null ? "the process of the run" : `queue ${call.of.queue}`}
          </Row>
          {site}
        </>
      );
    case "timer":
      return (
        <>
          <Row name="due">{toInstant(call.of.dueAt)}</Row>
          {site}
        </>
      );
    case "wait":
      return (
        <>
          <Row name="signal">{toPlainLine(call.of.name)}</Row>
          {call.of.prompt !== null && <Row name="asks">{toPlainLine(call.of.prompt)}</Row>}
          {site}
        </>
      );
    case "child":
      return (
        <>
          <Row name="run">
            <Link to="/runs/$run" params={{ run: call.of.run }} className="text-accent hover:underline">
              {call.of.run}
            </Link>{" "}
            of {toPlainLine(call.of.flow)}
          </Row>
          <Row name="state">
            {call.of.message === null ? call.of.state : `${call.of.state}: ${call.of.message}`}
          </Row>
          {site}
        </>
      );
  }
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-words">
        <bdi>{children}</bdi>
      </dd>
    </>
  );
}
