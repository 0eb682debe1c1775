/** Names of the messages between the preload and the main process. The preload bundles this file. */
export const CHANNEL = {
  request: 'leverage:request',
  admit: 'leverage:admit',
  save: 'leverage:save',
  /** Main → page. */
  event: 'leverage:event',
} as const;
