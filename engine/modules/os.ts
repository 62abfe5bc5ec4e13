/** `node:os`: what is the same in every execution environment, and the folder for temporary files. */
import { process } from "./process.ts";

export const EOL: string = "\n";
export const devNull: string = "/dev/null";
export const arch = (): string => process.arch;
export const platform = (): string => "linux";
export const type = (): string => "Linux";
export const release = (): string => "5.10.0";
export const endianness = (): string => "LE";
export const hostname = (): string => process.env["HOSTNAME"] ?? "localhost";
export const homedir = (): string => process.env["HOME"] ?? "/";
export const tmpdir = (): string => process.env["TMPDIR"] ?? "/tmp";
export const totalmem = (): number => Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] ?? 128) * 1024 * 1024;
export const freemem = (): number => totalmem() - (process.memoryUsage() as { readonly rss: number }).rss;
export const uptime = (): number => process.uptime();
export const availableParallelism = (): number => 1;
export const cpus = (): readonly object[] => [{ model: "", speed: 0, times: {} }];
export const networkInterfaces = (): object => ({});
export const loadavg = (): readonly number[] => [0, 0, 0];
export const userInfo = (): object => ({
  username: "sbx_user1051",
  uid: 993,
  gid: 990,
  homedir: homedir(),
  shell: null,
});
