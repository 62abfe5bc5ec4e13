/** An image whose shell is an ELF file for a machine that does not exist: what a foreign one is without binfmt_misc. */
import { randomUUID } from "node:crypto";
import { writeTar } from "../../archive/index.ts";
import type { Daemon } from "../../docker/daemon.ts";
import type { PlatformFacts } from "../../images/platforms.ts";

/** Makes one that says it is for the platform. Returns its reference; the caller removes it. */
export async function makeNotRunnableImage(daemon: Daemon, { dockerPlatform }: PlatformFacts): Promise<string> {
  const program = Buffer.alloc(120);
  program.set(Buffer.from("7f454c46020101", "hex"));
  program.writeUInt16LE(2, 16);
  program.writeUInt16LE(0x1234, 18);
  const reference = `runtime-aws-lambda-test/not-runnable:${randomUUID()}`;
  const dockerfile = Buffer.from("FROM scratch\nADD sh /bin/sh\nENV PATH=/bin\n");
  const context = writeTar([
    { path: "Dockerfile", content: dockerfile, mode: 0o644 },
    { path: "sh", content: program, mode: 0o755 },
  ]);
  const request = { reference, dockerPlatform, buildArguments: {}, networkMode: undefined, labels: {} };
  for await (const chunk of await daemon.buildImage(context, request, undefined)) {
    if (chunk.toString().includes("errorDetail")) throw new Error(chunk.toString());
  }
  return reference;
}
