/** A page in pieces. */
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  const page = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { "content-type": "text/html" } });
  for (let line = 0; line < 100; line++) page.write(`<p>${line}</p>\n`);
  page.end();
});
