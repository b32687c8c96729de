/** The configuration cannot be used; each line names a setting and says what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
