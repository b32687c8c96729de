export {
  BodyCutShortError,
  BodyTooLargeError,
  BodyTooSlowError,
  readBody,
} from "./body.ts";
export { type HttpServer, type RequestHandler, startHttpServer } from "./server.ts";
export { TlsFiles } from "./tls-files.ts";
