export type {
  BlobInventory,
  BlobStore,
  LocalBlob,
  LocalBlobs,
  UploadStore,
} from "./blob-store.ts";
export { createFileSender, type FileSender } from "./file-sender.ts";
export { type FilesystemStore, openFilesystemStore } from "./filesystem-store.ts";
export { Headroom, StorageFullError } from "./headroom.ts";
export { type KernelCalls, loadKernelCalls } from "./kernel-calls.ts";
export { LostWriteError } from "./lost-write.ts";
export { receiveFile } from "./receive-file.ts";
