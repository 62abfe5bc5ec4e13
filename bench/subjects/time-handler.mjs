/** Streams the time at which it writes, and goes on only later. */
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  stream.write(String(process.hrtime.bigint()));
  await new Promise((resolve) => setTimeout(resolve, 30));
  stream.end();
});
