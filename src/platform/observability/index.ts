export { createLogger } from "./logger.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { requestIdOf } from "./request-id.ts";
export {
  createRequestObserver,
  type Observation,
  type RequestObserver,
  statusOf,
} from "./request-observer.ts";
