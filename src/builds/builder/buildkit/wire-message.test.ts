import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { frame, readMessages } from "./grpc-frames.ts";
import { encode, Message } from "./wire-message.ts";

test("what was written is read", () => {
  const bytes = encode([
    [1, "text"],
    [2, 0],
    [3, 300],
    [5, -1],
    [7, { a: "b", c: "" }],
    [9, Buffer.from([1, 2])],
  ]);
  const read = new Message(bytes);
  expect(read.text(1)).toBe("text");
  expect(read.has(2)).toBe(false);
  expect([read.number(3), read.number(5)]).toEqual([300, -1]);
  expect(read.messages(7).map((pair) => [pair.text(1), pair.text(2)])).toEqual([
    ["a", "b"],
    ["c", ""],
  ]);
  expect(read.bytes(9)).toEqual(Buffer.from([1, 2]));
});

test("the bytes are those of protocol buffers", () => {
  const bytes = encode([
    [1, 150],
    [2, "testing"],
  ]);
  expect(bytes.toString("hex")).toBe("089601120774657374696e67");
});

test.each(["0a05", "08", "0b", `08${"ff".repeat(11)}`])("%s is no message", (hex) => {
  expect(() => new Message(Buffer.from(hex, "hex"))).toThrow(RangeError);
});

test("messages are found however they are cut", async () => {
  const whole = Buffer.concat(["a", "bc"].map((text) => frame(encode([[1, text]]))));
  for (const size of [1, 4, 7, 100]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.subarray(index * size, (index + 1) * size),
    );
    const texts = [];
    for await (const message of readMessages(Readable.from(pieces))) texts.push(message.text(1));
    expect(texts).toEqual(["a", "bc"]);
  }
});

test("a message that says it is huge is refused before it is read", async () => {
  const bytes = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
  const reading = (async () => {
    for await (const _ of readMessages(Readable.from([bytes])));
  })();
  await expect(reading).rejects.toThrow(RangeError);
});
