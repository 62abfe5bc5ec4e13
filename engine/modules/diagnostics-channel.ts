/** `node:diagnostics_channel`. */

export { Channel, channel, hasSubscribers, subscribe, unsubscribe } from "./channel.ts";
export { tracingChannel } from "./tracing-channel.ts";
