import { z } from "zod";
import type { ReadableLayer } from "../layers/analyse-layer.ts";
import { parseImageConfig, parseJson } from "./image-config.ts";
import type { ImageFiles } from "./image-files.ts";
import { type ImageSource, ImageUnreadable } from "./image-source.ts";

const MIB = 1024 * 1024;
const IMAGES_LIMIT = 1000;

const manifestSchema = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z
        .array(z.string())
        .nullish()
        .transform((tags) => tags ?? []),
      Layers: z
        .array(z.string())
        .nullish()
        .transform((layers) => layers ?? []),
    }),
  )
  .max(IMAGES_LIMIT);

/** Reads what `docker save` wrote, of any version: `manifest.json` names the files. Undefined if there is no such file. */
export async function findDockerImage(
  files: ImageFiles,
  name: string | undefined,
): Promise<ImageSource | undefined> {
  const manifest = await files.read("manifest.json", 4 * MIB);
  if (manifest === undefined) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(manifest.toString("utf8"), "manifest.json"));
  if (!parsed.success) throw new ImageUnreadable("manifest.json does not say where its images are");
  const image = chooseImage(parsed.data, name);
  const json = await files.read(image.Config, 8 * MIB);
  if (json === undefined) throw new ImageUnreadable(`${image.Config} is missing in the archive`);
  const configJson = json.toString("utf8");
  const config = parseImageConfig(configJson);
  if (config.diffIds.length !== image.Layers.length) {
    throw new ImageUnreadable("manifest.json and the configuration name different layers");
  }
  const layers = config.diffIds.map((diffId, index) =>
    toLayer(files, { diffId, name: image.Layers[index] ?? "" }),
  );
  return { names: image.RepoTags, config, configJson, layers };
}

type ArchivedImage = z.infer<typeof manifestSchema>[number];

function chooseImage(images: readonly ArchivedImage[], name: string | undefined): ArchivedImage {
  const named =
    name === undefined ? images : images.filter(({ RepoTags }) => RepoTags.includes(name));
  const [image, another] = named;
  if (image !== undefined && another === undefined) return image;
  const names = images.flatMap(({ RepoTags }) => RepoTags).join(", ");
  if (another !== undefined) {
    throw new ImageUnreadable(`the archive holds several images, name one of: ${names}`);
  }
  throw new ImageUnreadable(
    name === undefined
      ? "the archive holds no image"
      : `the archive holds no ${name}, but ${names === "" ? "an image without a name" : names}`,
  );
}

function toLayer(
  files: ImageFiles,
  { diffId, name }: { diffId: string; name: string },
): ReadableLayer {
  return {
    diffId,
    open: async function* () {
      const content = await files.open(name);
      if (content === undefined) throw new ImageUnreadable(`${name} is missing in the archive`);
      yield* content;
    },
  };
}
