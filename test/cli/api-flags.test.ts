/** `--api`, `--route` and `--stage`, alone and over a configuration file. */
import { expect, test } from "vitest";
import { readApiFlags } from "../../cli/api-flags.ts";
import { UsageError } from "../../cli/usage-error.ts";

const config = { type: "rest-api", routes: { "GET /": "pets" }, stage: "prod", binaryMediaTypes: ["*/*"] } as const;

test.each([
  [{}, ["pets"], undefined, undefined],
  [{ api: "http-api" }, ["pets"], undefined, { type: "http-api", routes: { $default: "pets" } }],
  [{ api: "load-balancer" }, ["pets"], undefined, { type: "load-balancer", routes: { $default: "pets" } }],
  [
    { api: "rest-api", stage: "v1" },
    ["pets"],
    undefined,
    { type: "rest-api", routes: { "ANY /": "pets", "ANY /{proxy+}": "pets" }, stage: "v1" },
  ],
  [
    { route: ["GET /pets/{id}=pets", "$default=rest"] },
    ["pets", "rest"],
    undefined,
    { type: "http-api", routes: { "GET /pets/{id}": "pets", $default: "rest" } },
  ],
  [{ route: ["GET /"] }, ["pets"], undefined, { type: "http-api", routes: { "GET /": "pets" } }],
  [{}, ["pets"], config, config],
  [{ stage: "dev" }, ["pets"], config, { ...config, stage: "dev" }],
  [{ route: ["POST /"] }, ["pets"], config, { ...config, routes: { "POST /": "pets" } }],
  [{ api: "http-api" }, ["pets"], config, { type: "http-api", routes: { "GET /": "pets" } }],
] as const)("%j for %j", (flags, names, configured, expected) => {
  expect(readApiFlags(flags, names, configured)).toEqual(expected);
});

test.each([
  [{ api: "http-api" }, "--api leads to one function; there are pets, rest"],
  [{ route: ["GET /"] }, '--route "GET /" names no function'],
  [{ route: ["GET /=pets", "GET /=rest"] }, '--route "GET /" is given twice'],
  [{ stage: "dev" }, "--stage is that of an API"],
] as const)("%j is wrong usage", (flags, message) => {
  const read = (): unknown => readApiFlags(flags, ["pets", "rest"], undefined);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});
