/** What the command is called in logs, in lists of logins and in the audit trail. */
export const USER_AGENT = { "user-agent": "berth" } as const;
