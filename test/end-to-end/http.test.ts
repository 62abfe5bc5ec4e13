/** Function URLs and APIs as a user of `emulate` meets them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";
import { whileEmulating } from "../support/while-emulating.ts";

const pets = "pets=test/fixtures/functions/http.ts";
const pages = "pages=test/fixtures/functions/stream-http.ts";

test("the URL of a function stands in the output", async () => {
  const { stdout } = await whileEmulating([pages, "--json", "--invoke-mode", "response-stream"], async (endpoint) => {
    const answer = await fetch(`${endpoint}/lambda-url/pages/`);
    expect([answer.status, await answer.text()]).toEqual([201, "<p></p>"]);
  });
  const { endpoint, functionUrls } = JSON.parse(stdout) as { endpoint: string; functionUrls: object };
  expect(functionUrls).toEqual({ pages: `${endpoint}/lambda-url/pages/` });
});

test("--cors-origin lets scripts of an origin call", async () => {
  await whileEmulating([pets, "--cors-origin", "https://app.example"], async (endpoint) => {
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" };
    const answer = await fetch(`${endpoint}/lambda-url/pets/`, { method: "OPTIONS", headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(answer.headers.get("access-control-allow-methods")).toBe("*");
  });
});

test("--api and --route lead paths to functions", async () => {
  const args = [pets, pages, "--api", "rest-api", "--stage", "prod", "--route", "GET /pets/{id}=pets"];
  const { stderr } = await whileEmulating(args, async (endpoint) => {
    expect(await (await fetch(`${endpoint}/pets/1`)).json()).toMatchObject({
      resource: "/pets/{id}",
      pathParameters: { id: "1" },
      requestContext: { stage: "prod" },
    });
    expect((await fetch(`${endpoint}/pages`)).status).toBe(403);
  });
  expect(stderr).toContain("\nREST API: GET /pets/{id} → pets\n");
});

test("lambda.config has both", async ({ folder }) => {
  const source = join(repositoryFolder, "test/fixtures/functions/http.ts");
  const config = {
    functions: { pets: { source, url: { cors: { allowOrigins: ["*"] } } } },
    api: { type: "http-api", routes: { "GET /pets/{id}": "pets" } },
  };
  writeFileSync(join(folder, "lambda.config.json"), JSON.stringify(config));
  const use = async (endpoint: string): Promise<void> => {
    expect(await (await fetch(`${endpoint}/pets/1`)).json()).toMatchObject({ routeKey: "GET /pets/{id}" });
    const { headers } = await fetch(`${endpoint}/lambda-url/pets/`, { headers: { Origin: "https://app.example" } });
    expect(headers.get("access-control-allow-origin")).toBe("*");
  };
  await whileEmulating([], use, { cwd: folder });
});

test.each([
  [["--api", "soap"], "Allowed choices are http-api, rest-api, load-balancer"],
  [["--invoke-mode", "fast"], "Modes are buffered and response-stream."],
  [["--route", "FETCH /"], '"FETCH /" is not a route'],
  [["--route", "GET /=nobody"], 'The route "GET /" leads to nobody, which is not emulated here'],
  [["--cors-origin", "a b"], "allowOrigins must be a list of"],
] as const)("%j is refused in a line", async (args, message) => {
  const result = await runCommand("emulate", [pets, "--port", "0", ...args]);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toContain("    at ");
  expect(result.exitCode).toBe(2);
});
