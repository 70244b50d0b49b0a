/** Names of what is put into a single executable. */
export const BUNDLE_ASSET = 'bundle';
export const CODE_CACHE_ASSET = 'code-cache';

/** V8 takes compiled code of its own platform only: executables for another one than that which builds have an empty one. */
export const isCodeCache = (asset: Uint8Array): boolean => asset.length > 0;
