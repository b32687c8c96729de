export {
  type AccessGuard,
  type Application,
  createApplication,
  type RouteAccess,
} from "./application.ts";
export { startDebugServer } from "./debug-server.ts";
export { createDispatcher } from "./dispatch.ts";
export { describeApi } from "./openapi.ts";
export { registerOperations } from "./operations.ts";
export { ProblemError } from "./problem.ts";
export { Readiness } from "./readiness.ts";
export { toProblem } from "./to-problem.ts";
