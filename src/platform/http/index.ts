export { BodyCutShortError, BodyTooLargeError, readBody } from "./body.ts";
export { drainRest } from "./early-answer.ts";
export { type HttpServer, type RequestHandler, startHttpServer } from "./server.ts";
export { TlsFiles } from "./tls-files.ts";
