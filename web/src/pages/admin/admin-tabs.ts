export const ADMIN_TABS = [
  "health",
  "jobs",
  "agents",
  "users",
  "usage",
  "webhooks",
  "collection",
  "advisories",
  "settings",
  "audit",
] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];
