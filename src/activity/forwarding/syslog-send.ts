import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { cut, frame, toSyslogMessage } from "./syslog-message.ts";
import type { ForwardTarget, Send } from "./target.ts";

type SyslogTarget = Extract<ForwardTarget, { kind: "syslog" }>;

const PATIENCE_MS = 10_000;
/** How long a collector may take to close its side, or to fail. */
const CLOSING_MS = 2000;
const DATAGRAM_BYTES = 60_000;

export function createSyslogSend(target: SyslogTarget, hostname: string): Send {
  return async (entries) => {
    const messages = entries.map((entry) => toSyslogMessage(entry, hostname));
    if (target.transport === "udp") await sendDatagrams(target, messages);
    else await sendStream(target, messages);
  };
}

/** Nobody answers a datagram: what is lost on the way is lost. */
async function sendDatagrams(target: SyslogTarget, messages: readonly string[]): Promise<void> {
  const { address, family } = await lookup(target.host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  // What goes wrong is told to whoever sends; an event that nobody hears would end the process.
  socket.on("error", () => undefined);
  try {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        // An entry that no datagram holds is cut: it would hold up all that follow it.
        const datagram = cut(Buffer.from(message), DATAGRAM_BYTES);
        socket.send(datagram, target.port, address, (error) =>
          error === null || error === undefined ? resolve() : reject(error),
        );
      });
    }
  } finally {
    socket.close();
  }
}

/**
 * A connection for each batch, closed by us first. Syslog has no acknowledgement, but a collector that closes in turn, without
 * a reset, has read everything to the end. One that leaves its side open has it if nothing went wrong for a while after the
 * last byte was handed over. Whatever else happens, the batch is sent again.
 */
async function sendStream(target: SyslogTarget, messages: readonly string[]): Promise<void> {
  const { host, port, transport, ca } = target;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const socket: Socket =
    transport === "tls"
      ? connectTls({ host, port, ...(ca === undefined ? {} : { ca }), servername: nameOf(host) })
      : connectTcp({ host, port });
  try {
    await once(socket, transport === "tls" ? "secureConnect" : "connect", { signal });
    // What a collector says is of no interest, but has to be read for its end to be seen.
    socket.resume();
    const end = once(socket, "end", { signal });
    const handedOver = once(socket, "finish", { signal });
    // A failure is heard of by whichever of the two is waited for; the other one's is the same.
    end.catch(() => undefined);
    socket.end(Buffer.concat(messages.map(frame)));
    await handedOver;
    await Promise.race([end, setTimeout(CLOSING_MS)]);
  } catch (cause) {
    throw new Error("the collector did not take the entries", { cause });
  } finally {
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

/** An address is no name of a server (RFC 6066, section 3). */
function nameOf(host: string): string {
  return /^[\d.]+$|:/.test(host) ? "" : host;
}
