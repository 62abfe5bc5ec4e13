#!/usr/bin/env node
/** An extension that takes part in nothing, and takes telemetry when SUBSCRIBES says so. */
import { createServer } from "node:http";

const { AWS_LAMBDA_RUNTIME_API: api, SUBSCRIBES: subscribes } = process.env;
const call = (method, path, headers, body) => fetch(`http://${api}${path}`, { method, headers, body });
const name = { "Lambda-Extension-Name": "telemetry-extension.mjs" };
const registered = await call("POST", "/2020-01-01/extension/register", name, "{}");
const headers = { "Lambda-Extension-Identifier": registered.headers.get("Lambda-Extension-Identifier") };
if (subscribes === "yes") {
  const server = createServer((request, response) => request.resume().once("end", () => response.end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const destination = { protocol: "HTTP", URI: `http://sandbox.localdomain:${server.address().port}/` };
  const subscription = { schemaVersion: "2022-12-13", types: ["platform", "function"], destination };
  const { status } = await call("PUT", "/2022-07-01/telemetry", headers, JSON.stringify(subscription));
  if (status !== 200) process.exit(1);
}
await call("GET", "/2020-01-01/extension/event/next", headers);
