export { createHtpasswdAuthenticator } from "./htpasswd-authenticator.ts";
export { HtpasswdFile } from "./htpasswd-file.ts";
