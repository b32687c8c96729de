import { findSecrets } from "./find-secrets.ts";

const NAME =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PWD|PASS|SECRET|SECRET_?KEY|TOKEN|API_?KEY|APIKEY|PRIVATE_?KEY|ACCESS_?KEY|AUTH_?KEY|CREDENTIALS?)$/i;
/** Their values say where to look, or whether to. */
const HARMLESS_NAME = /^(?:PWD|OLDPWD|.*_(?:NO|ALLOW_EMPTY|RANDOM|RANDOM_ROOT)_PASSWORD)$/i;
const HARMLESS_VALUE = /^(?:|true|false|yes|no|none|null|\d{1,2}|\$.*|\/.*|file:.*|<.*>|\{\{.*)$/i;

/** Whether a variable holds a secret, by its name or by the form of its value. */
export function isSecretVariable(name: string, value: string): boolean {
  const plain = value.replace(/^(["'])(.*)\1$/, "$2");
  if (NAME.test(name) && !HARMLESS_NAME.test(name) && !HARMLESS_VALUE.test(plain)) return true;
  return findSecrets(Buffer.from(`${name}=${plain}`)).length > 0;
}

/** Whether a build argument asks for one, whatever its value. */
export function isSecretName(name: string): boolean {
  return NAME.test(name) && !HARMLESS_NAME.test(name);
}

const ASSIGNMENT = /(?<![\w-])([A-Za-z_]\w{0,80})=("[^"]{0,400}"|'[^']{0,400}'|[^\s"']{1,400})/g;
/** The older form of ENV. */
const BLANK_ASSIGNMENT = /^((?:ENV\s+)?([A-Za-z_]\w{0,80})\s+)\S.*$/s;

/** The variables that a command or an instruction sets to something secret. */
export function secretVariablesOf(text: string): string[] {
  return [...text.matchAll(ASSIGNMENT)]
    .filter(([, name = "", value = ""]) => isSecretVariable(name, value))
    .map(([, name = ""]) => name);
}

/** The text without the secrets in it: a finding about a secret must not be one more place where it stands. */
export function hideSecrets(text: string): string {
  const [, beginning = "", variable = ""] = BLANK_ASSIGNMENT.exec(text) ?? [];
  if (isSecretName(variable)) return `${beginning}***`;
  const named = text.replace(ASSIGNMENT, (whole, name: string, value: string) =>
    isSecretVariable(name, value) ? `${name}=***` : whole,
  );
  let hidden = Buffer.from(named).toString("latin1");
  for (const { start, length } of findSecrets(Buffer.from(named)).toReversed()) {
    hidden = `${hidden.slice(0, start)}***${hidden.slice(start + length)}`;
  }
  return Buffer.from(hidden, "latin1").toString("utf8");
}
