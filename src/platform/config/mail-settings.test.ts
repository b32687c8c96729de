import { expect, test } from "vitest";
import { loadConfig } from "./load.ts";
import { printConfig } from "./print.ts";

const MAIL = {
  BERTH_URL: "https://hub.example.com",
  BERTH_MAIL_HOST: "mail.example.com",
  BERTH_MAIL_FROM: "Berth <hub@example.com>",
};

test("a server and a sender are all that mail needs", () => {
  const { config, warnings } = loadConfig({ environment: MAIL });
  expect(config.mail).toMatchObject({ host: "mail.example.com", security: "starttls" });
  expect(warnings).toEqual([]);
});

test.each([
  ["a server without a sender", { BERTH_MAIL_FROM: undefined }, "host and from go together"],
  ["a sender of two lines", { BERTH_MAIL_FROM: "Berth\r\nBcc: e@e.org <h@e.org>" }, "mail.from"],
  ["a sender without a domain", { BERTH_MAIL_FROM: "hub" }, "mail.from"],
  ["a host with a path", { BERTH_MAIL_HOST: "mail.example.com/x" }, "mail.host"],
  ["a user without a password", { BERTH_MAIL_USER: "hub" }, "user and password go together"],
  [
    "a password in the clear",
    { BERTH_MAIL_USER: "hub", BERTH_MAIL_PASSWORD: "x", BERTH_MAIL_SECURITY: "none" },
    "in the clear",
  ],
  ["a port that is none", { BERTH_MAIL_PORT: "65536" }, "mail.port"],
])("%s is refused at the start", (_what, change, message) => {
  expect(() => loadConfig({ environment: { ...MAIL, ...change } })).toThrow(message);
});

test("mail without the hub's address is warned about: links could not begin with anything", () => {
  const { warnings } = loadConfig({ environment: { ...MAIL, BERTH_URL: undefined } });
  expect(warnings).toEqual([expect.stringContaining("url is not set")]);
});

test("the password is never printed", () => {
  const environment = { ...MAIL, BERTH_MAIL_USER: "hub", BERTH_MAIL_PASSWORD: "tops3cret" };
  expect(JSON.stringify(printConfig(loadConfig({ environment })))).not.toContain("tops3cret");
});
