/** The docker site: commands run in a container of the platform's image. Files travel as archives only. */
import { gatewayAddress, runContainer, startContainer, type Daemon } from "../../docker/index.ts";
import type { PlatformFacts } from "../../images/platforms.ts";
import { LogTail } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { dockerCompilers, type DockerSurroundings } from "./docker-compilers.ts";
import type { SmokeSite } from "../smoke-run.ts";
import type { BuildSite, SiteInput } from "./site.ts";

const workFolder = "/work";

/**
 * The site of one platform; the daemon may be on another machine.
 *
 * @param machine the platform of the same system whose architecture is the daemon's: engines run there without emulation
 * @param image reference of that platform's
 */
export function dockerSite(machine: PlatformFacts, image: string, surroundings: DockerSurroundings): BuildSite {
  const { daemon } = surroundings;
  return {
    name: "docker",
    image,
    system: `linux-${machine.architecture}`,
    compilers: (request) => dockerCompilers(request, { ...surroundings, facts: request.facts ?? surroundings.facts }),
    async run({ executable, args, inputs, output, destination, onLog, signal }) {
      const tail = new LogTail(onLog);
      const { exitCode, outputs, logTail } = await runContainer(daemon, {
        image,
        facts: machine,
        command: [`${workFolder}/${executable}`, ...args],
        workingDirectory: workFolder,
        environment: { HOME: workFolder },
        // Everything it needs is in the archive: no network, so nothing unpinned gets in.
        networkMode: "none",
        files: inputs.map(toContainerFile),
        outputs: [{ path: `${workFolder}/${output}`, destination }],
        onOutput: (stream, chunk) => tail.write(chunk, stream),
        signal,
      });
      tail.end();
      if (exitCode !== 0) {
        const message = `${executable} ended with exit code ${exitCode} in a container of ${machine.platform}`;
        throw new BuilderError("COMPILE_FAILED", message, { exitCode, logTail });
      }
      if (outputs.size === 0) {
        throw new BuilderError("COMPILE_FAILED", `${executable} ended well, but wrote no ${output}`, { logTail });
      }
    },
  };
}

/**
 * Starts bootstraps in the platform's image, laid out as on Lambda.
 *
 * @throws DockerError `REMOTE_DAEMON` when a container cannot reach this machine
 */
export async function dockerSmokeSite(daemon: Daemon, facts: PlatformFacts, image: string): Promise<SmokeSite> {
  const { listenAddress, containerAddress } = await gatewayAddress(daemon);
  return {
    listenHost: listenAddress,
    reachableHost: containerAddress,
    async start(files, environment, onOutput) {
      const container = await startContainer(daemon, {
        image,
        facts,
        command: ["/var/task/bootstrap"],
        workingDirectory: "/var/task",
        user: "993:990",
        environment,
        files: files.map(({ path, fromFile, mode }) => ({ path: `/var/task/${path}`, content: { fromFile }, mode })),
        onOutput,
      });
      return {
        exited: container.exited.then(({ exitCode }) => `exited with code ${exitCode}`),
        stop: () => container.remove(),
      };
    },
  };
}

function toContainerFile({ name, content, isExecutable }: SiteInput) {
  return {
    path: `${workFolder}/${name}`,
    content: "fromFile" in content ? content : Buffer.from(content),
    mode: isExecutable === true ? 0o755 : 0o644,
  };
}
