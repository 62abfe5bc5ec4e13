/** Names of the files of several functions in one folder. */

/**
 * `function-al2-arm64.zip` → `orders-al2-arm64.zip`; `bootstrap-al2-arm64` → `bootstrap-orders-al2-arm64`, since a name alone is
 * often that of a folder already.
 */
export function namedAfter(name: string, fileName: string): string {
  if (/^bootstrap(?=[-.]|$)/.test(fileName)) return fileName.replace("bootstrap", `bootstrap-${name}`);
  const isDefault = /^function(?=[-.]|$)/;
  return isDefault.test(fileName) ? fileName.replace(isDefault, name) : `${name}-${fileName}`;
}
