/** What we use of postject, which ships no types. */
declare module "postject" {
  /** Adds a resource to an executable, in place, and flips the sentinel that announces it. */
  export function inject(
    filename: string,
    resourceName: string,
    resourceData: Buffer,
    options: { sentinelFuse: string },
  ): Promise<void>;
}
