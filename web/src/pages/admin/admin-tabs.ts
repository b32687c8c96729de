export const ADMIN_TABS = [
  "health",
  "users",
  "usage",
  "webhooks",
  "collection",
  "advisories",
  "audit",
] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];
