/** `node:fs/promises`. */
import { promises } from "./fs.ts";

export const {
  readFile,
  writeFile,
  appendFile,
  stat,
  lstat,
  access,
  readdir,
  mkdir,
  mkdtemp,
  unlink,
  rmdir,
  rm,
  rename,
  copyFile,
} = promises;
export { constants } from "./fs.ts";
