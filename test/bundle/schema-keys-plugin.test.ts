/** A bundle has the operations of the AWS SDK that its function calls, and no others. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleFunction } from "../../bundle/bundle.ts";
import { withPlainKeys } from "../../bundle/schema-keys-plugin.ts";
import { repositoryFolder } from "../support/run-command.ts";

describe("keys", () => {
  test("stand where their constants were", () => {
    const text = 'const _h = "http";\nconst _e = "error";\nexport var a = [{ [_h]: 1, [_e]: [_h] }, {[_h]: 2}];\n';
    expect(withPlainKeys(text)).toBe(
      'const _h = "http";\nconst _e = "error";\nexport var a = [{ "http": 1, "error": [_h] }, {"http": 2}];\n',
    );
  });

  test.for([
    ["of other names", "const _h = 1;\nvar a = { [_h]: 1 };"],
    ["in strings", `const _h = "http";\nvar a = "{ [_h]: 1 }", b = '{ [_h]: 1 }';`],
    ["beside templates", 'const _h = "http";\nvar a = { [_h]: `{ [_h]: 1 }` };'],
    ["that would set the prototype", 'const _p = "__proto__";\nvar a = { [_p]: null };'],
    ["that are no keys", 'const _h = "http";\nvar a = b ? [_h]: [];\nswitch (a) { case [_h]: }'],
  ])("%s stay", ([, text = ""]) => {
    expect(withPlainKeys(text)).toBe(text);
  });
});

test("a function that invokes carries nothing of the other operations", async () => {
  const source = join(repositoryFolder, "examples/invoke/handler.ts");
  const { modules = [] } = await bundleFunction({ source, format: "native", splits: true });
  const text = modules.map(({ code }) => Buffer.from(code).toString()).join("\n");
  expect(text).toContain("/2015-03-31/functions/{FunctionName}/invocations");
  expect(text).not.toContain("/provisioned-concurrency");
  expect(text).not.toContain("/response-streaming-invocations");
});
