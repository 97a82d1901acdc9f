/**
 * Headers that carry a credential (HTTP contract §1) whether or not the plugin that reads it is on: with that off, it is
 * a bad one, on every node and also after a new start. They are let through from other origins and kept out of logs.
 */
export const credentialHeaders = ['authorization', 'x-undb-api-token'] as const
