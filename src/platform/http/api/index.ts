export { type Application, createApplication } from "./application.ts";
export { startDebugServer } from "./debug-server.ts";
export { createDispatcher } from "./dispatch.ts";
export { registerOperations } from "./operations.ts";
export { ProblemError, type ProblemKind } from "./problem.ts";
export { Readiness, type ReadinessCheck } from "./readiness.ts";
