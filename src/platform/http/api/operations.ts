import { z } from "zod";
import type { Metrics } from "../../observability/index.ts";
import type { Application } from "./application.ts";
import type { Readiness } from "./readiness.ts";

export interface OperationsDeps {
  readonly readiness: Readiness;
  readonly metrics: Pick<Metrics, "contentType" | "expose">;
}

const health = z.object({ status: z.literal("up") });
const readiness = z.object({
  status: z.enum(["ready", "not ready"]),
  checks: z.record(z.string(), z.enum(["ok", "failed"])),
});

/** What those who run the hub ask it: is it up (restart it?), is it ready (send it requests?), how is it doing. */
export function registerOperations(application: Application, deps: OperationsDeps): void {
  const config = { access: "public" } as const;
  application.get("/healthz", { config, schema: { response: { 200: health } } }, () => ({
    status: "up" as const,
  }));
  const schema = { response: { 200: readiness, 503: readiness } };
  application.get("/readyz", { config, schema }, async (_request, reply) => {
    const { isReady, checks } = await deps.readiness.look();
    return isReady
      ? reply.code(200).send({ status: "ready", checks })
      : reply.code(503).send({ status: "not ready", checks });
  });
  application.get("/metrics", { config }, async (_request, reply) => {
    const text = await deps.metrics.expose();
    return reply.type(deps.metrics.contentType).send(text);
  });
}
