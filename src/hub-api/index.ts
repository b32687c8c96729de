export { createHubApi } from "./create-hub-api.ts";
export { withHubTokens } from "./hub-authenticator.ts";
export { HubTokens } from "./hub-tokens.ts";
export { withScimToken } from "./scim/scim-authenticator.ts";
