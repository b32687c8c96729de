export interface Arrival {
  readonly url: URL;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  readonly body: any;
}

const STEPS = 15;

/** A browser that is sent from site to site and keeps the cookies of each. */
export class WanderingBrowser {
  readonly #jar = new Map<string, Map<string, string>>();

  /** Where the redirects lead; stops before a request to an address that begins with `before`. */
  async visit(address: string, before?: string): Promise<Arrival> {
    let url = new URL(address);
    for (let step = 0; step < STEPS; step += 1) {
      if (before !== undefined && url.href.startsWith(before)) return { url, status: 0, body: "" };
      const response = await this.#fetch(url);
      const location = response.headers.get("location");
      if (location === null) return await toArrival(url, response);
      url = new URL(location, url);
    }
    throw new Error(`${address} leads in circles`);
  }

  /** As a page of that site does. */
  async post(address: string, body: unknown): Promise<Arrival> {
    const url = new URL(address);
    return await toArrival(url, await this.#fetch(url, "POST", body));
  }

  /** Sends a page's form that has no fields, and goes where the answer leads; stops as `visit` does. */
  async submit(address: string, before?: string): Promise<Arrival> {
    const url = new URL(address);
    const response = await this.#fetch(url, "POST", "form");
    const location = response.headers.get("location");
    if (location === null) return await toArrival(url, response);
    return await this.visit(new URL(location, url).href, before);
  }

  async remove(address: string): Promise<Arrival> {
    const url = new URL(address);
    return await toArrival(url, await this.#fetch(url, "DELETE"));
  }

  cookiesOf(address: string): string {
    const cookies = this.#jar.get(new URL(address).host) ?? new Map<string, string>();
    return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async #fetch(url: URL, method = "GET", body?: unknown): Promise<Response> {
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        cookie: this.cookiesOf(url.href),
        ...(method === "GET" ? {} : { "sec-fetch-site": "same-origin" }),
        ...(body === undefined ? {} : { "content-type": typeOf(body) }),
      },
      ...(body === undefined ? {} : { body: body === "form" ? "" : JSON.stringify(body) }),
    });
    this.#keep(url.host, response.headers.getSetCookie());
    return response;
  }

  #keep(host: string, cookies: readonly string[]): void {
    const kept = this.#jar.get(host) ?? new Map<string, string>();
    this.#jar.set(host, kept);
    for (const cookie of cookies) {
      const [pair = ""] = cookie.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0/i.test(cookie)) kept.delete(name);
      else kept.set(name, value);
    }
  }
}

function typeOf(body: unknown): string {
  return body === "form" ? "application/x-www-form-urlencoded" : "application/json";
}

async function toArrival(url: URL, response: Response): Promise<Arrival> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { url, status: response.status, body: isJson && text !== "" ? JSON.parse(text) : text };
}
