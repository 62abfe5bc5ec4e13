export const handler = async ({ id }: { readonly id: number }) => ({ table: process.env["TABLE"], id });
