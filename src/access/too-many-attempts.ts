/** Too many wrong secrets; answered 429 on every door. */
export class TooManyAttempts extends Error {
  override readonly name = "TooManyAttempts";
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`too many failed logins: wait ${retryAfterSeconds} seconds, then try again`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
