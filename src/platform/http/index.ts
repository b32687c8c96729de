export {
  BodyCutShortError,
  BodyTooLargeError,
  BodyTooSlowError,
  readBody,
} from "./body.ts";
export { FastLane, type LaneRoute } from "./fast-lane.ts";
export { isHost } from "./host.ts";
export type { LaneAnswer, LaneResponder } from "./lane-connection.ts";
export type { PlainRequest } from "./plain-request.ts";
export { createPublicAddress, type PublicAddress } from "./public-address.ts";
export { type HttpServer, type RequestHandler, startHttpServer } from "./server.ts";
export { TlsFiles, TlsFilesError } from "./tls-files.ts";
