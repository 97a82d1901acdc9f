// What plugin authors and embedders use. Names here are public: changing one is a decision.
export {
  AppError,
  combineErrors,
  definedErrors,
  defineErrors,
  type ErrorFactories,
  type ErrorSpec,
} from './kernel/errors.js'
export { notFound, wire } from './kernel/wire-errors.js'
export { createToken, type Token } from './kernel/token.js'
export { defineEvent, type EventToken } from './kernel/hooks.js'
export { systemClock, type Clock } from './kernel/clock.js'
export { silentLogger, type Logger } from './kernel/logger.js'
export { f } from './schema/f.js'
export type { Field, FieldDefinition, FieldOptions, InputOf, OptionsOf, RowOf, Shape } from './schema/field.js'
export type { CollectionShape, Relation, RelationDefinition, RelationOptions } from './schema/relation.js'
export {
  defineCollection,
  type Collection,
  type CollectionOptions,
  type Input,
  type Row,
} from './database/collection.js'
export type { DatabaseHandle } from './database/handle.js'
export type { Filter, Find, Repository } from './database/repository.js'
export { watchCredentials, watchTable } from './database/credential-watch.js'
export { defineMigration, type Migration } from './database/migrator.js'
export { openEmbedded, type EmbeddedOptions, type EmbeddedServer } from './database/embedded.js'
export type { CredentialScope, Principal, RateLimit } from './auth/principal.js'
export { anonymous, systemPrincipal } from './auth/principal.js'
export {
  bearerToken,
  refuse,
  type AuthRequest,
  type AuthScheme,
  type AuthStrategy,
  type Refusal,
} from './auth/strategy.js'
export { hashToken, isOpaqueToken, mintOpaqueToken } from './auth/opaque-token.js'
export { credentialEventFields, credentialEventOptions } from './auth/credential/event-fields.js'
export { credentialFields } from './auth/credential/fields.js'
export { expiryOf, type LifetimeRules } from './auth/credential/lifetime.js'
export { newCredentialInput, refuseOtherNames } from './auth/credential/new-credential.js'
export { checkRotatable, graceEnd, renewedEnd, rotationInput, type Rotatable } from './auth/credential/rotation.js'
export {
  credentialOptions,
  graceOf,
  harmless,
  idOf,
  lifeOf,
  limitsOf,
  requireRole,
  spanOf,
  userIdOf,
} from './plugins/credential-command.js'
export {
  checkNarrower,
  checkScopes,
  limitsInput,
  principalLimits,
  type CredentialLimits,
  type ScopeJudge,
} from './auth/credential/limits.js'
export { generatePassword, verifyPassword, weakenPasswordsForTests } from './auth/password.js'
export type { PartOf } from './acl/caller-parts.js'
export type { Govern, Ruling } from './acl/governor.js'
export type { CountedRequest, Describe, Observe } from './auth/caller-facts.js'
export type { CollectionField } from './plugins/data-part.js'
export * from './database/plugin-options.js'
export type { CollectionOption } from './database/partition.js'
export type { ResourceCall } from './plugins/plugin-host.js'
export { anonymousRole, anyCredential, root, signedIn } from './acl/role.js'
export type { Grant } from './acl/grant.js'
export type { Restrict, Restriction } from './acl/restriction.js'
export {
  defineAction,
  JsonText,
  Reply,
  type Action,
  type ActionCall,
  type Actions,
  type RequestFacts,
} from './resources/action.js'
export { parseInput } from './resources/input.js'
export { permittedRecord } from './resources/permitted-record.js'
export type { ActionEvent, HookCall, WrittenCall } from './resources/hook-call.js'
export { definePlugin, type InstallContext, type Plugin, type PluginDefinition } from './plugins/plugin.js'
export { recordEvents, type EventCause, type EventRecords, type EventSource } from './plugins/credential-events.js'
export { usageForm } from './auth/credential/usage.js'
export { trackUsage, type UsageRecords, type UsageSource } from './plugins/credential-usage.js'
export type { JobOptions } from './plugins/job-scheduler.js'
export type { CacheOptions, PluginCache } from './plugins/lru-cache.js'
export type { ActionDocument, DocumentedAnswer } from './resources/action-document.js'
export { builtinDocuments, documentedParameters } from './resources/action-document.js'
export { aggregations } from './database/aggregate.js'
export type { JsonSchema } from './schema/json-schema.js'
export type { OperatorGroup } from './schema/field.js'
export type { ApiDescription, DescribedStrategy } from './plugins/api-description.js'
export type { DescribedAction, Origin } from './plugins/described-action.js'
export {
  operatorsOf,
  type DescribedCollection,
  type DescribedField,
  type DescribedOperator,
  type DescribedRelation,
} from './plugins/described-collection.js'
export type { DocumentSettings } from './plugins/plugin-host.js'
export type { DocumentedHeader, ExtendDocument } from './plugins/openapi-extension.js'
export type { PluginContext } from './plugins/plugin-context.js'
export type { CommandInput, CommandOption, CommandResult, CommandSpec } from './plugins/command.js'
export type { NodeState, PluginInfo, PluginState, ToggleResult } from './plugins/plugin-state.js'
export { LiveApiKeys } from './builtin/sign-in-plugin.js'
export { createApp } from './app/create-app.js'
export type { CreateAppOptions } from './app/parts.js'
export { parseConfig, type Config } from './app/config.js'
export { defineConfig, type ConfigFile } from './app/config-file.js'
export type { Application, CallInput } from './app/application.js'
