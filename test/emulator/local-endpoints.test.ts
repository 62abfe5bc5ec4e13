/** Metadata and credentials, as a function with an AWS SDK finds them. */
import { describe, expect, test } from "vitest";
import { systemClock } from "../../emulator/clock.ts";
import { startEmulator, type Emulator, type EmulatorOptions } from "../../emulator/index.ts";

const source = new URL("../fixtures/functions/local-endpoints.ts", import.meta.url).pathname;

interface Found {
  readonly credentials: object;
  readonly expiresInMs: number | null;
  readonly variable: string | null;
  readonly metadata: object;
  readonly caching: string;
  readonly token: string;
}

const start = (options: Partial<EmulatorOptions>, snapStart = false): Promise<Emulator> =>
  startEmulator({ functions: { it: { source, snapStart, timeoutMs: 20_000 } }, ...options });
const ask = async (emulator: Emulator): Promise<Found> => (await emulator.invoke("it")).payload as Found;

describe("metadata", () => {
  test("is the zone that the emulator was given", async () => {
    await using emulator = await start({ availabilityZoneId: "use1-az1" });
    expect(await ask(emulator)).toMatchObject({
      metadata: { AvailabilityZoneID: "use1-az1" },
      caching: "private, max-age=43200, immutable",
    });
  });

  test("has another token in each environment", async () => {
    await using emulator = await start({ availabilityZoneId: "usw2-lax1-az1" });
    const [one, two] = await Promise.all([ask(emulator), ask(emulator)]);
    expect(one.token).not.toBe(two.token);
  });

  test.for(["us-east-1a", "az1", "use1-az1\n"])("%j is no id of a zone", async (availabilityZoneId) => {
    await expect(start({ availabilityZoneId })).rejects.toMatchObject({
      code: "BAD_OPTIONS",
      message: "startEmulator: availabilityZoneId must be an id such as use1-az1",
    });
  });
});

describe("credentials with SnapStart", () => {
  test("are found by the AWS SDK for JavaScript, without variables", async () => {
    const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret", sessionToken: "session" };
    await using emulator = await start({ credentials }, true);
    const found = await ask(emulator);
    expect(found).toMatchObject({ credentials, variable: null });
    expect(found.expiresInMs).toBeGreaterThan(3_500_000);
  });

  test("expire by the emulator's clock", async () => {
    const hourMs = 3_600_000;
    const clock = { ...systemClock, now: () => Date.now() + 2 * hourMs };
    await using emulator = await start({ clock }, true);
    const { expiresInMs } = await ask(emulator);
    expect(expiresInMs).toBeGreaterThan(2.9 * hourMs);
    expect(expiresInMs).toBeLessThan(3.1 * hourMs);
  });

  test("need no session token", async () => {
    const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
    await using emulator = await start({ credentials }, true);
    expect(await ask(emulator)).toMatchObject({ credentials: { ...credentials, sessionToken: "" } });
  });

  test("are variables without it", async () => {
    await using emulator = await start({});
    expect(await ask(emulator)).toMatchObject({ credentials: { accessKeyId: "EMULATED" }, variable: "EMULATED" });
  });
});
