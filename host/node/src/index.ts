// Stytch's user lookup and search, as a sandboxed WebAssembly component.

export { type CallOptions, StytchUsers, type StytchUsersOptions } from "./client.ts";
export type { RetrievedUser, SearchPage } from "./component/operation.ts";
export {
  type BiometricRegistration,
  type CreatedAtRange,
  type CredentialReport,
  type CryptoWallet,
  type CustomFilter,
  type Email,
  type Environment,
  type Filter,
  FILTERS,
  type JsonValue,
  type Name,
  type OauthProvider,
  OPERATIONS,
  type Password,
  type PhoneNumber,
  type Totp,
  type TransportCause,
  type User,
  type WebauthnRegistration,
} from "./contract.ts";
export { DIGEST } from "./digest.ts";
export {
  type ErrorCode,
  type ErrorReport,
  InvalidInputError,
  MalformedResponseError,
  MisconfiguredError,
  NotFoundError,
  PluginFailedError,
  RateLimitedError,
  RejectedError,
  StytchUsersError,
  UnauthorizedError,
  UnavailableError,
  UnreachableError,
} from "./errors.ts";
export type { Query, SearchRequest } from "./request.ts";
export type { Receipt, Search, SearchAllOptions } from "./search.ts";
