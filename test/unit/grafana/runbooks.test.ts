import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { readRules } from "../../support/boards.ts";
import { root } from "../../support/markdown-examples.ts";

const alerts = readRules().filter(({ alert }) => alert !== undefined);
const pages = readdirSync(join(root, "docs/runbooks")).filter((name) => name !== "README.md");
const read = (page: string): string => readFileSync(join(root, "docs/runbooks", page), "utf8");

describe("an alert", () => {
  test.each(alerts.map((rule) => [rule.alert ?? "", rule] as const))(
    "%s has all that a person needs",
    (name, rule) => {
      const { summary = "", description = "", runbook_url: url = "" } = rule.annotations ?? {};

      expect(name).toMatch(/^Millrace[A-Z]/);
      expect(["page", "ticket"]).toContain(rule.labels?.["severity"]);
      expect(summary.length).toBeGreaterThan(10);
      expect(description.length).toBeGreaterThan(30);
      expect(existsSync(join(root, url))).toBe(true);
      const text = readFileSync(join(root, url), "utf8");
      expect(text).toMatch(new RegExp(`^# ${name}$`, "m"));
      expect(text).toContain(`Severity: ${rule.labels?.["severity"] ?? ""}.`);
    },
  );
});

describe("the runbooks", () => {
  test("are for alerts that there are, and are listed", () => {
    const wanted = alerts.map(({ annotations }) => annotations?.["runbook_url"] ?? "");

    expect(pages.map((page) => `docs/runbooks/${page}`).sort()).toEqual(wanted.sort());
    expect(pages.filter((page) => !read("README.md").includes(`](${page})`))).toEqual([]);
  });

  test.each(pages)("%s answers the five questions", (page) => {
    const headings = [...read(page).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

    expect(headings).toEqual(["Meaning", "Impact", "First look", "Fix", "False positives"]);
  });

  test("name commands, links and panels that there are", () => {
    const commands = createProgram(() => undefined).commands;
    const isCommand = (first = "", second = ""): boolean => {
      const command = commands.find((one) => one.name() === first);
      const inner = command?.commands ?? [];
      return command !== undefined && (inner.length === 0 || inner.some((one) => one.name() === second));
    };
    const boards =
      readFileSync(join(root, "grafana/dashboards/millrace-overview.json"), "utf8") +
      readFileSync(join(root, "grafana/dashboards/millrace-flow.json"), "utf8") +
      readFileSync(join(root, "grafana/dashboards/millrace-engine.json"), "utf8");
    const wrong = pages.flatMap((page) => {
      const text = read(page);
      const named = [...text.matchAll(/npx millrace ([a-z]+) ?([a-z]*)/g)].filter(
        ([, first, second]) => !isCommand(first, second),
      );
      const links = [...text.matchAll(/\]\(([^)]+)\)/g)].filter(([, to]) => !pages.includes(to ?? ""));
      const panels = [...text.matchAll(/\*\*([^*]+)\*\*/g)].filter(
        ([, title]) => !boards.includes(`"title": "${title ?? ""}"`),
      );
      return [...named, ...links, ...panels].map(([what]) => `${page}: ${what}`);
    });

    expect(wrong).toEqual([]);
  });
});
