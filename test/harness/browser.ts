import type { ApiAnswer } from "./hub-api.ts";

interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly code?: string;
}

/** As much of a browser as a login needs: it keeps the hub's cookie, and says where its requests come from. */
export class Browser {
  readonly #url: string;
  /** The whole `Set-Cookie` of the last answer that had one. */
  setCookie = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** What it shows to the hub: name and value. */
  get cookie(): string {
    return this.setCookie.split(";")[0] ?? "";
  }

  /** Asks as the hub's own pages do, unless the headers say something else. */
  async ask(
    request: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { "sec-fetch-site": "same-origin" },
  ): Promise<ApiAnswer> {
    const [method = "GET", path = "/"] = request.split(" ");
    const response = await fetch(new URL(path, this.#url), {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookie === "" ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.setCookie = cookie;
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const answer = isJson && text !== "" ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: answer || undefined };
  }

  /** Throws unless the hub lets them in. */
  async logIn(credentials: Credentials): Promise<this> {
    const { status, body } = await this.ask("POST /api/v1/session", credentials);
    if (status !== 201) throw new Error(`the hub answered ${status}: ${JSON.stringify(body)}`);
    return this;
  }
}
