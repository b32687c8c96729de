export const SETTINGS_TABS = ["general", "rights", "webhooks", "usage"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];
