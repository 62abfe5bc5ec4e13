/** The engine's own `atob` and `btoa`, as exports. */

export const atob: (text: string) => string = globalThis.atob;
export const btoa: (text: string) => string = globalThis.btoa;
