/** What is reported while an image is made ready. */

/** Progress of `ensureImage`. */
export type ImageEvent =
  /** The base image is pulled; followed by `pull-progress`. */
  | { readonly type: "pull-started"; readonly image: string }
  | {
      readonly type: "pull-progress";
      readonly image: string;
      /** The daemon's words: `Downloading`, `Pull complete` … */
      readonly status: string;
      /** Short id of the layer; missing on lines about the whole image. */
      readonly layer?: string;
      readonly currentBytes?: number;
      readonly totalBytes?: number;
    }
  /** The image is built; followed by `build-step` and `build-log`. */
  | { readonly type: "build-started"; readonly reference: string }
  /** A step of the Dockerfile begins, counted from 1. */
  | { readonly type: "build-step"; readonly step: number; readonly steps: number; readonly instruction: string }
  /** A line of the build log. */
  | { readonly type: "build-log"; readonly line: string };
