export const handler = async ({ name = "world" }: { readonly name?: string }) => {
  console.log(`greeting ${name}`);
  return { message: `Hello, ${name}!` };
};
