export { Deliverer, trimDeliveryLog } from "./delivery.ts";
export { fanOut } from "./fan-out.ts";
export { createWebhookTables } from "./migration-0008.ts";
export { createWebhookRoutes } from "./webhook-routes.ts";
export { Webhooks } from "./webhooks.ts";
export type { WebhookTables } from "./webhooks-store.ts";
