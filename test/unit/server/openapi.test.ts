import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { ownPaths } from "../../../src/server/contract/own-paths.ts";
import { paths, routeNames } from "../../../src/server/contract/paths.ts";
import { docsPage } from "../../../src/server/openapi/docs-page.ts";
import { openApiDocument } from "../../../src/server/openapi/document.ts";

const document = openApiDocument("1.2.3", "/millrace");

test("the document is valid OpenAPI, and describes every route", async () => {
  const result = await new Validator().validate(structuredClone(document));

  expect(result).toEqual({ valid: true });
  expect(JSON.stringify(document).match(/"operationId"/g)).toHaveLength(
    routeNames.length + Object.keys(ownPaths).length,
  );
});

test("the page has every route, asks nobody for anything, and runs no script", () => {
  const page = docsPage(document, "/millrace");

  for (const name of routeNames) expect(page).toContain(`id="${name}"`);
  expect(page).toContain(paths.start.path);
  expect(page).not.toMatch(/<script|https?:\/\/|\son\w+=/);
});
