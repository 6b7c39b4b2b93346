import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { grafanaFile, readRules } from "../support/boards.ts";
import { root } from "../support/markdown-examples.ts";
import { hasPrometheus } from "../support/prometheus.ts";

const rules = ["recording.yml", "alerts.yml"];
const tests = readdirSync(grafanaFile("rules/tests"));

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

/** Whether each case of an alert expects it to fire, in the order of time. */
function casesOf(alert: string | undefined): readonly boolean[][] {
  return tests.flatMap((file) =>
    (parse(readFileSync(grafanaFile(`rules/tests/${file}`), "utf8")) as RuleTests).tests.map((story) =>
      (story.alert_rule_test ?? [])
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts }) => exp_alerts.length > 0),
    ),
  );
}

function promtool(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
}

describe("the tests of the alerts", () => {
  const alerts = readRules().flatMap(({ alert }) => (alert === undefined ? [] : [alert]));

  test.each(alerts)("show %s silent, firing, and resolved", (alert) => {
    const stories = casesOf(alert).filter((cases) => cases.includes(true));

    expect(stories.length).toBeGreaterThan(0);
    for (const cases of stories) expect([cases[0], cases.at(-1)]).toEqual([false, false]);
  });
});

describe.skipIf(!hasPrometheus())("promtool", () => {
  test("finds nothing wrong with rules and configuration", () => {
    const checked = promtool(
      "check",
      "rules",
      "--lint-fatal",
      ...rules.map((name) => grafanaFile(`rules/${name}`)),
    );
    const config = promtool("check", "config", join(root, "deploy/prometheus.yml"));

    expect(checked).toMatchObject({ status: 0, text: expect.stringContaining("SUCCESS") as string });
    expect(config).toMatchObject({ status: 0 });
  });

  test.each(tests)("agrees with %s", (name) => {
    const { status, text } = promtool("test", "rules", grafanaFile(`rules/tests/${name}`));

    expect(text).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  test("disagrees when an alert asks for something else", () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-rules-"));
    const copy = (path: string, change: (text: string) => string): void =>
      writeFileSync(join(folder, path), change(readFileSync(grafanaFile(`rules/${path}`), "utf8")));
    try {
      copy("recording.yml", (text) => text);
      copy("alerts.yml", (text) =>
        text.replace("millrace_projection_set_aside) > 0", "millrace_projection_set_aside) > 2"),
      );
      const moved = readFileSync(grafanaFile("rules/tests/log.yml"), "utf8").replaceAll("../", "");
      writeFileSync(join(folder, "log.yml"), moved);

      const { status, text } = promtool("test", "rules", join(folder, "log.yml"));

      expect(status).not.toBe(0);
      expect(text).toContain("MillraceEventsSetAside");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
