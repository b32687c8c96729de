export const ORGANIZATION_TABS = [
  "repositories",
  "members",
  "teams",
  "roles",
  "rights",
  "machines",
  "usage",
  "webhooks",
  "audit",
  "settings",
] as const;
export type OrganizationTab = (typeof ORGANIZATION_TABS)[number];
