// All that the component may do in this process.
import { outgoingHandler } from "@bytecodealliance/preview2-shim/http";

const { STYTCH_PROJECT_ID, STYTCH_SECRET, STYTCH_BASE_URL } = process.env;
const LIVE = STYTCH_PROJECT_ID?.startsWith("project-live-");
const BASE_URL = STYTCH_BASE_URL ?? (LIVE ? "https://api.stytch.com" : "https://test.stytch.com");
const ALLOWED = new URL(process.env.ALLOWED_ORIGIN ?? BASE_URL).origin;

// wasi:config/store
export function getAll() {
  return [
    ["project-id", STYTCH_PROJECT_ID ?? ""],
    ["secret", STYTCH_SECRET ?? ""],
    ["base-url", BASE_URL],
  ];
}

// wasi:http/outgoing-handler
export function handle(request, options) {
  const { origin } = new URL(`${request.scheme()?.tag}://${request.authority()}`);
  if (origin !== ALLOWED) throw { tag: "HTTP-request-denied" };
  return outgoingHandler.handle(request, options);
}
