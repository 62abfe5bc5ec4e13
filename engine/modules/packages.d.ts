/** Packages whose names with a slash behind them mean the package, and not the module of Node.js. */

declare module "events/" {
  import events from "node:events";
  export default events;
}

declare module "path-browserify" {
  import path from "node:path";
  export default path;
}

declare module "readable-stream" {
  import stream from "node:stream";
  export default stream;
}

declare module "string_decoder/" {
  import decoder from "node:string_decoder";
  export default decoder;
}
