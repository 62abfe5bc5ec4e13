/** The platform of a build. */
import { parsePlatform, platformNames, platforms, type PlatformFacts } from "../images/platforms.ts";
import { BuilderError } from "./errors.ts";

/**
 * The row of the table for any spelling.
 *
 * @throws BuilderError `BAD_OPTIONS`
 */
export function resolvePlatform(spelling: string): PlatformFacts {
  const platform = parsePlatform(spelling);
  if (platform !== undefined) return platforms[platform];
  throw new BuilderError("BAD_OPTIONS", `"${spelling}" is not a platform`, {
    hint: `Platforms: ${platformNames.join(", ")}`,
  });
}
