export const ADMIN_TABS = [
  "health",
  "jobs",
  "agents",
  "users",
  "ci",
  "usage",
  "webhooks",
  "collection",
  "advisories",
  "settings",
  "audit",
] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];
