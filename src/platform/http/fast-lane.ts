import type { Server } from "node:http";
import type { Socket } from "node:net";
import { KEEP_ALIVE_MS } from "./keep-alive.ts";
import { LaneConnection, type LaneRecipe, type LaneResponder } from "./lane-connection.ts";
import { type PlainRequest, parsePlainRequest } from "./plain-request.ts";

export type LaneRoute = (request: PlainRequest) => LaneResponder | undefined;

interface FastLaneOptions {
  /** Finds who answers such a request; undefined leaves all requests like it to the ordinary server. */
  readonly route: LaneRoute;
  /** Where the client of a connection is; asked once for each. The address of its other end, unless given. */
  readonly addressOf?: (socket: Socket) => string;
  readonly idleTimeoutMs: number;
  /** As long as the ordinary server keeps connections, unless given. */
  readonly keepAliveMs?: number;
}

const REMEMBERED_HEADS = 1024;

/**
 * Answers the simplest requests from memory before Node's HTTP server sees them, several times as fast. Registry clients
 * send the same few request heads over and over, so a head is parsed once and found by its bytes from then on. A
 * connection that sends anything else is handed to the ordinary server, with what it sent, and stays there.
 */
export class FastLane {
  readonly #options: FastLaneOptions;
  readonly #recipes = new Map<string, LaneRecipe>();
  readonly #connections = new Set<LaneConnection>();
  #isDraining = false;

  constructor(options: FastLaneOptions) {
    this.#options = options;
  }

  /** Puts the lane before the server's own handling; `secureConnection` for a server with TLS. */
  attach(server: Server, event: "connection" | "secureConnection" = "connection"): void {
    const ordinary = server.listeners(event) as ((socket: Socket) => void)[];
    server.removeAllListeners(event);
    server.on(event, (socket: Socket) => {
      const connection = new LaneConnection(socket, {
        find: (head) => this.#find(head),
        address: this.#options.addressOf?.(socket) ?? socket.remoteAddress ?? "unknown",
        onLeft: () => this.#connections.delete(connection),
        handOver: () => {
          for (const listener of ordinary) listener.call(server, socket);
        },
        idleTimeoutMs: this.#options.idleTimeoutMs,
        keepAliveMs: this.#options.keepAliveMs ?? KEEP_ALIVE_MS,
      });
      this.#connections.add(connection);
      if (this.#isDraining) connection.drain();
    });
  }

  /** Closes every connection as soon as the answer that is under way is out. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
  }

  #find(head: string): LaneRecipe | undefined {
    const known = this.#recipes.get(head);
    if (known !== undefined) return known;
    const request = parsePlainRequest(head);
    const respond = request && this.#options.route(request);
    if (request === undefined || respond === undefined) return undefined;
    const oldest = this.#recipes.keys().next();
    if (this.#recipes.size >= REMEMBERED_HEADS && !oldest.done) this.#recipes.delete(oldest.value);
    const recipe: LaneRecipe = { request, respond, latest: undefined };
    this.#recipes.set(head, recipe);
    return recipe;
  }
}
