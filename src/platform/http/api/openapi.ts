import swagger from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import type { Application } from "./application.ts";

const BASIC = "basic";

/**
 * Describes the routes that are registered after it at `/api/openapi.json`, from the schemas that hold them to their
 * contract. `x-access` says who may ask, see `RouteAccess`.
 */
export async function describeApi(
  application: Application,
  options: { readonly version: string },
): Promise<void> {
  await application.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Berth",
        version: options.version,
        description: "The hub's own API, beside those of the registry and of Docker Hub.",
      },
      components: { securitySchemes: { [BASIC]: { type: "http", scheme: "basic" } } },
    },
    transform: (operation) => {
      const access = operation.route.config?.access;
      const { schema, url } = jsonSchemaTransform(operation);
      const security = access === "public" || access === undefined ? [] : [{ [BASIC]: [] }];
      return { schema: { ...schema, security, "x-access": access } as typeof schema, url };
    },
  });
  const config = { access: "public" } as const;
  application.get("/api/openapi.json", { config, schema: { hide: true } as never }, () =>
    application.swagger(),
  );
}
