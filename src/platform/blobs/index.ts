export type {
  BlobInventory,
  BlobStore,
  LocalBlob,
  LocalBlobs,
  UploadStore,
} from "./blob-store.ts";
export { type FilesystemStore, openFilesystemStore } from "./filesystem-store.ts";
export { Headroom, StorageFullError } from "./headroom.ts";
