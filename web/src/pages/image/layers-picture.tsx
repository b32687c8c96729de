import { Tooltip } from "@mantine/core";
import type { ImageView } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { useByteSize } from "../../parts/use-byte-size.ts";
import classes from "./layers-picture.module.css";

type Steps = NonNullable<ImageView["image"]>["steps"];

/** Where the bytes are: each layer as wide as its share of the pull. */
export function LayersPicture({ steps }: { readonly steps: Steps }) {
  const { image: texts } = useMessages();
  const size = useByteSize();
  const layers = steps.flatMap(({ instruction, layer }) =>
    layer ? [{ instruction, ...layer }] : [],
  );
  const total = layers.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <div className={classes.bar} role="img" aria-label={texts.picture(layers.length, size(total))}>
      {layers.map(({ digest, instruction, bytes }, index) => (
        <Tooltip
          // biome-ignore lint/suspicious/noArrayIndexKey: an image may hold a layer twice, and its layers never move
          key={`${digest}-${index}`}
          label={`${size(bytes)} · ${instruction.slice(0, 120)}`}
        >
          <div className={classes.layer} style={{ flexGrow: Math.max(bytes, total / 500) }} />
        </Tooltip>
      ))}
    </div>
  );
}
