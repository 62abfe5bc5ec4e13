/** Bodies of any type, as bytes: Lambda does not look at what a caller or a runtime calls them. */
import type { FastifyInstance } from "fastify";

/** Makes an app take them, also those whose Content-Type is none (Fastify: 415). */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", (request, _reply, done) => {
    const { headers } = request.raw;
    if (headers["content-type"] !== undefined) headers["content-type"] = "application/octet-stream";
    done();
  });
}
