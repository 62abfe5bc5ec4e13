/**
 * Times from `spawn` to the first request, with as little around them as there can be: no pipes, no HTTP, and a small process
 * to spawn from, since a large one takes milliseconds for it. Takes `{ commands, rounds }` as JSON, prints ms by command.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

const { commands, rounds, environment } = JSON.parse(process.argv[2] ?? "") as {
  readonly commands: readonly (readonly [string, ...string[]])[];
  readonly rounds: number;
  readonly environment: Readonly<Record<string, string>>;
};

let onRequest: (socket: Socket) => void = () => {};
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => onRequest(socket));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const env = { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}` };

async function time([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  const requested = new Promise<Socket>((resolve) => (onRequest = resolve));
  const startedMs = performance.now();
  const child = spawn(program, args, { env, stdio: "ignore" });
  const ended = once(child, "exit");
  const socket = await Promise.race([requested, ended.then(() => Promise.reject(new Error(`${program} ended`)))]);
  const durationMs = performance.now() - startedMs;
  child.kill("SIGKILL");
  await ended;
  socket.destroy();
  return durationMs;
}

const timings: number[][] = commands.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, command] of commands.entries()) timings[index]?.push(await time(command));
}
server.close();
console.log(JSON.stringify(timings));
