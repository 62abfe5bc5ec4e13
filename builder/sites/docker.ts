/**
 * The docker site: commands run in a container of the platform's image. Files travel as archives only, and what is large as
 * seldom as can be: engines are part of an image, and a bootstrap is started from the volume it was written to.
 */
import { basename } from "node:path";
import { ensureImage, gatewayAddress, startContainer, type Daemon } from "../../docker/index.ts";
import type { PlatformFacts } from "../../images/platforms.ts";
import { LogTail } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { dockerCompilers, type DockerSurroundings } from "./docker-compilers.ts";
import type { SmokeSite } from "../smoke-run.ts";
import type { KeptContainers } from "./kept-containers.ts";
import { imageLog } from "./image-log.ts";
import type { BuildSite, SiteInput } from "./site.ts";

const workFolder = "/work";
/** Where Lambda has the function. */
const taskRoot = "/var/task";
/** Lambda's user for it. */
const sandboxUser = "993:990";

/**
 * The site of one platform; the daemon may be on another machine.
 *
 * @param machine the platform of the same system whose architecture is the daemon's: engines run there without emulation
 * @param image reference of that platform's
 * @param kept gets the containers, and removes them
 */
export function dockerSite(
  machine: PlatformFacts,
  image: string,
  surroundings: DockerSurroundings,
  kept: KeptContainers,
): BuildSite {
  const { daemon } = surroundings;
  return {
    name: "docker",
    image,
    system: `linux-${machine.architecture}`,
    compilers: (request) => dockerCompilers(request, { ...surroundings, facts: request.facts ?? surroundings.facts }),
    async run({ executable, args, inputs, output, isBootstrap = false, destination, onLog, signal }) {
      const tail = new LogTail(onLog);
      const engines = inputs.filter(({ isEngine = false }) => isEngine);
      const own = engines.length === 0 ? image : await engineImage(engines, { ...surroundings, machine, image, onLog });
      const path = `${isBootstrap ? taskRoot : workFolder}/${output}`;
      const container = await startContainer(daemon, {
        image: own,
        facts: machine,
        command: [`${workFolder}/${executable}`, ...args(path)],
        workingDirectory: workFolder,
        environment: { HOME: workFolder },
        // Everything it needs is in the archive: no network, so nothing unpinned gets in.
        networkMode: "none",
        files: inputs.filter((each) => !engines.includes(each)).map(toContainerFile),
        volumes: isBootstrap ? [taskRoot] : [],
        onOutput: (stream, chunk) => tail.write(chunk, stream),
        signal,
      });
      const { exitCode, logTail } = await container.exited;
      tail.end();
      if (exitCode !== 0) {
        kept.remove(container);
        const message = `${executable} ended with exit code ${exitCode} in a container of ${machine.platform}`;
        throw new BuilderError("COMPILE_FAILED", message, { exitCode, logTail });
      }
      const arrived = (async () => {
        if ((await container.copyOut({ path, destination }, signal)) !== undefined) return;
        throw new BuilderError("COMPILE_FAILED", `${executable} ended well, but wrote no ${output}`, { logTail });
      })();
      kept.keep(container, destination, arrived);
      // Nobody starts anything else there.
      if (!isBootstrap) kept.release(destination);
      return { arrived };
    },
  };
}

/**
 * Starts bootstraps in the platform's image, laid out as on Lambda.
 *
 * @throws DockerError `REMOTE_DAEMON` when a container cannot reach this machine
 */
export async function dockerSmokeSite(
  daemon: Daemon,
  facts: PlatformFacts,
  image: string,
  kept: KeptContainers,
): Promise<SmokeSite> {
  const { listenAddress, containerAddress } = await gatewayAddress(daemon);
  return {
    listenHost: listenAddress,
    reachableHost: containerAddress,
    async start(files, environment, onOutput) {
      const bootstrap = files.find(({ path }) => path === "bootstrap");
      const volumesFrom = bootstrap === undefined ? undefined : await kept.holderOf(bootstrap.fromFile);
      const missing = volumesFrom === undefined ? files : files.filter((each) => each !== bootstrap);
      const container = await startContainer(daemon, {
        image,
        facts,
        command: [`${taskRoot}/bootstrap`],
        workingDirectory: taskRoot,
        user: sandboxUser,
        environment,
        volumesFrom,
        files: missing.map(({ path, fromFile, mode }) => ({
          path: `${taskRoot}/${path}`,
          content: { fromFile },
          mode,
        })),
        onOutput,
      });
      return {
        exited: container.exited.then(({ exitCode }) => `exited with code ${exitCode}`),
        async stop() {
          kept.remove(container);
          if (bootstrap !== undefined) kept.release(bootstrap.fromFile);
        },
      };
    },
  };
}

interface EngineImageOptions extends DockerSurroundings {
  readonly machine: PlatformFacts;
  readonly image: string;
  readonly onLog: (line: string) => void;
}

/** The image with the engines in it. @throws DockerError as ensureImage */
async function engineImage(engines: readonly SiteInput[], options: EngineImageOptions): Promise<string> {
  const { daemon, machine, image, signal, onLog } = options;
  const names = engines.map(
    ({ name, content }) => `${name}=${"fromFile" in content ? basename(content.fromFile) : ""}`,
  );
  const { reference } = await ensureImage(daemon, {
    facts: machine,
    baseImage: image,
    toolchain: "engine",
    buildArguments: { FILES: names.join(" ") },
    files: engines.map(({ name, content }) => ({ path: name, content: contentOf(content), mode: 0o755 })),
    onEvent: imageLog(onLog),
    signal,
  });
  return reference;
}

function contentOf(content: SiteInput["content"]): Buffer | { readonly fromFile: string } {
  return "fromFile" in content ? content : Buffer.from(content);
}

function toContainerFile({ name, content, isExecutable }: SiteInput) {
  return {
    path: `${workFolder}/${name}`,
    content: contentOf(content),
    mode: isExecutable === true ? 0o755 : 0o644,
  };
}
