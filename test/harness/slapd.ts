import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { attempt, run } from "./command.ts";
import { findFreePort } from "./free-port.ts";
import { Service } from "./service.ts";
import { makeTempDirectory } from "./temp-directory.ts";

export const BASE = "dc=example,dc=com";
export const READER = { dn: `cn=reader,${BASE}`, password: "may only search" };
const ROOT = { dn: `cn=root,${BASE}`, password: "may change everything" };

export interface LdapUser {
  readonly uid: string;
  readonly password: string;
  readonly mail?: string;
}

/**
 * OpenLDAP as Debian packages it, with a configuration, a database and ports of its own. It lets a bind without a password
 * through, as directories do that were set up for old clients.
 */
export async function startSlapd() {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(await makeTempDirectory("slapd"));
  await makeCertificate(directory.path);
  const config = join(directory.path, "slapd.conf");
  await writeFile(config, configurationIn(directory.path));
  const [plain, secure] = [await findFreePort(), await findFreePort()];
  const url = `ldap://127.0.0.1:${plain}`;
  const start = async () => {
    const listeners = `${url}/ ldaps://127.0.0.1:${secure}/`;
    const args = ["-f", config, "-h", listeners, "-d", "0"];
    const service = new Service({ command: "/usr/sbin/slapd", args });
    await service.waitFor("an answer", async () => {
      const search = ["-x", "-H", url, "-b", "", "-s", "base"];
      return (await attempt("ldapsearch", search)).exitCode === 0 ? true : undefined;
    });
    return service;
  };
  let service: Service | undefined = await start();
  resources.defer(async () => await service?.stop());
  const asRoot = ["-x", "-H", url, "-D", ROOT.dn, "-w", ROOT.password];
  const change = (ldif: string) => run("ldapmodify", asRoot, { input: ldif });
  await change(tree());
  const owned = resources.move();
  return {
    url,
    secureUrl: `ldaps://127.0.0.1:${secure}`,
    ca: join(directory.path, "ca.crt"),
    change,
    addUser: (user: LdapUser) => change(entryOf(user)),
    setGroup: async (name: string, uids: readonly string[]) => {
      await run("ldapdelete", [...asRoot, `cn=${name},ou=groups,${BASE}`]).catch(() => undefined);
      if (uids.length > 0) await change(groupOf(name, uids));
    },
    /** As an administrator of the directory shuts somebody out. */
    setPassword: (uid: string, password: string) =>
      change(
        `dn: ${dnOf(uid)}\nchangetype: modify\nreplace: userPassword\nuserPassword: ${password}\n`,
      ),
    removeUser: (uid: string) => run("ldapdelete", [...asRoot, dnOf(uid)]),
    renameUser: (uid: string, next: string) =>
      change(`dn: ${dnOf(uid)}\nchangetype: modrdn\nnewrdn: uid=${next}\ndeleteoldrdn: 1\n`),
    async goDown() {
      await service?.stop();
      service = undefined;
    },
    async comeBack() {
      service = await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type Slapd = Awaited<ReturnType<typeof startSlapd>>;

function dnOf(uid: string): string {
  return `uid=${uid},ou=people,${BASE}`;
}

function entryOf({ uid, password, mail = `${uid}@example.com` }: LdapUser): string {
  return `dn: ${dnOf(uid)}
changetype: add
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: ${uid}
mail: ${mail}
userPassword: ${password}
`;
}

function groupOf(name: string, uids: readonly string[]): string {
  return `dn: cn=${name},ou=groups,${BASE}
changetype: add
objectClass: groupOfNames
cn: ${name}
${uids.map((uid) => `member: ${dnOf(uid)}`).join("\n")}
`;
}

function tree(): string {
  return `dn: ${BASE}
changetype: add
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,${BASE}
changetype: add
objectClass: organizationalUnit
ou: people

dn: ou=groups,${BASE}
changetype: add
objectClass: organizationalUnit
ou: groups

dn: ${READER.dn}
changetype: add
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${READER.password}
`;
}

function configurationIn(directory: string): string {
  return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
allow bind_anon_cred bind_anon_dn
TLSCACertificateFile ${directory}/ca.crt
TLSCertificateFile ${directory}/ca.crt
TLSCertificateKeyFile ${directory}/key.pem
pidfile ${directory}/slapd.pid
database mdb
maxsize 16777216
suffix "${BASE}"
rootdn "${ROOT.dn}"
rootpw "${ROOT.password}"
directory ${directory}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${READER.dn}" read by * none
`;
}
