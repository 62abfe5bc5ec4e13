/** Where processes and containers reach an X-Ray daemon. */
import { createSocket } from "node:dgram";
import { expect, test } from "vitest";
import { DaemonAccess } from "../../emulator/xray/daemon-access.ts";
import { readDaemonAddress, type DaemonAddress } from "../../emulator/xray/daemon-address.ts";
import { SegmentSender } from "../../emulator/xray/segment-sender.ts";
import { XRayDaemon } from "../support/xray-daemon.ts";

/** An address of this machine that is none of 127.0.0.0/8 stands for that of Docker's bridge. */
const bridge = "::1";
const onThisMachine = { listenHost: "127.0.0.1", reachableHost: "127.0.0.1" };

/** What a test needs of it, closed afterwards. */
async function withAccess(
  address: string,
  use: (access: DaemonAccess, notices: readonly string[]) => Promise<void>,
): Promise<void> {
  const notices: string[] = [];
  const onNotice = (message: string): void => void notices.push(message);
  const daemon = readDaemonAddress(address) as DaemonAddress;
  const sender = new SegmentSender(daemon, onNotice);
  const access = new DaemonAccess({ address: daemon, sender, onNotice });
  try {
    await use(access, notices);
  } finally {
    access.close();
    sender.close();
  }
}

test.for([
  ["127.0.0.1:2000", onThisMachine, { host: "127.0.0.1", port: 2000 }],
  [
    "xray.internal:2000",
    { listenHost: "192.0.2.1", reachableHost: "192.0.2.1" },
    { host: "xray.internal", port: 2000 },
  ],
  [
    "[::1]:2000",
    { listenHost: "127.0.0.1", reachableHost: "host.docker.internal" },
    { host: "host.docker.internal", port: 2000 },
  ],
] as const)("%s, from %j", async ([address, launcher, expected]) => {
  await withAccess(address, async (access) => expect(await access.reach(launcher)).toEqual(expected));
});

test("datagrams are passed on where it is out of reach, by one socket for all", async () => {
  await using daemon = await XRayDaemon.start();
  await withAccess(daemon.address, async (access) => {
    const launcher = { listenHost: bridge, reachableHost: "bridge" };
    const [one, two] = await Promise.all([access.reach(launcher), access.reach(launcher)]);
    expect(one).toEqual({ host: "bridge", port: expect.any(Number) as number });
    expect(two).toEqual(one);
  });
});

test("a datagram arrives as it was sent", async () => {
  await using daemon = await XRayDaemon.start();
  await withAccess(daemon.address, async (access) => {
    const reached = await access.reach({ listenHost: bridge, reachableHost: "bridge" });
    const socket = createSocket("udp6");
    socket.send('{"format":"json","version":1}\n{"name":"own"}', reached?.port, "::1", () => socket.close());
    expect(await daemon.take(1)).toEqual([{ name: "own" }]);
  });
});

test("an address that is not this machine's is told, and there is no daemon then", async () => {
  await withAccess("127.0.0.1:2000", async (access, notices) => {
    expect(await access.reach({ listenHost: "192.0.2.1", reachableHost: "192.0.2.1" })).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(/^Containers do not reach the X-Ray daemon: .*EADDRNOTAVAIL/)]);
  });
});
