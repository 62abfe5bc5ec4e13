/** Bodies of any type, as bytes: Lambda does not look at what a caller or a runtime calls them. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";

const anyType = "application/octet-stream";

/** Makes an app take them, also those whose Content-Type is none (Fastify: 415). */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  // The one type that is left, by its name: what only `*` takes is looked up anew for every request.
  app.addContentTypeParser([anyType, "*"], { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", (request, _reply, done) => {
    const { headers } = request.raw;
    if (headers["content-type"] !== undefined) headers["content-type"] = anyType;
    done();
  });
}

/** `Content-Type` as it was sent: the parsed headers hold what makes Fastify take any body. */
export function sentContentType({ rawHeaders }: IncomingMessage): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
  return at < 0 ? undefined : rawHeaders[at + 1];
}
