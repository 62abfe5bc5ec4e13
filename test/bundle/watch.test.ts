/** A bundle that is kept up to date, at its end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { watchFunction } from "../../bundle/index.ts";
import { test } from "../support/temporary-folder.ts";

/** Handles are let go of some turns after their end. */
async function pass(turns: number): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
const watchers = (): string[] => process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap");

test("closed at any moment of a change, nothing is watched any more", async ({ folder }) => {
  const source = join(folder, "handler.ts");
  const before = watchers().length;
  for (let turns = 0; turns < 400; turns += 25) {
    // oxlint-disable no-await-in-loop -- one after the other
    writeFileSync(source, `export const handler = async () => ${turns};\n`);
    const watched = await watchFunction(
      { source, exportName: "handler", format: "module" },
      { onBundle: () => {}, onError: (error) => expect.fail(error.message) },
    );
    writeFileSync(source, `export const handler = async () => ${turns + 1};\n`);
    // From before the change is seen to behind its bundle.
    await pass(turns);
    await watched.close();
    await pass(50);
    expect(watchers()).toHaveLength(before);
    // oxlint-enable no-await-in-loop
  }
});
