// Origins: exactly a scheme, a host and a port.

import { isIP } from "node:net";
import { MisconfiguredError } from "../errors.ts";
import { isLoopback, isLoopbackOrPrivate, isPublic } from "./address.ts";

/** The one server that a client may reach. */
export interface Origin {
  /** As `URL.origin` writes it, such as `https://test.stytch.com`. */
  readonly text: string;
  readonly isTls: boolean;
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

/** The environment of a project ID: as in Stytch's own SDKs, what is not live is test. */
export function environmentOf(projectId: string): "live" | "test" {
  return projectId.startsWith("project-live-") ? "live" : "test";
}

/**
 * The origin of a base URL, or of Stytch's API for the environment of the project.
 *
 * Source: https://stytch.com/docs/workspace-management/api-keys
 */
export function originOf(projectId: string, baseUrl: string | undefined): Origin {
  if (baseUrl) return parseOrigin(baseUrl);
  const live = environmentOf(projectId) === "live";
  return parseOrigin(live ? "https://api.stytch.com" : "https://test.stytch.com");
}

function parseOrigin(text: string): Origin {
  const invalid = (reason: string) => new MisconfiguredError("baseUrl", reason);
  const [, scheme, written] = /^(https?):\/\/(.*)$/i.exec(text) ?? [];
  if (!scheme || written === undefined) throw invalid("does not begin with https:// (or http://)");
  if (written.includes("@")) throw invalid("has a user name in it; credentials must not be in URLs");
  const authority = written.replace(/\/$/, "");
  if (/[/?#]/.test(authority)) {
    throw invalid("has a path or a query; use the origin alone, such as https://test.stytch.com");
  }
  const [, name] = /^([\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.exec(authority) ?? [];
  const url = URL.parse(text);
  if (!name || !url || url.port === "0") {
    throw invalid("is not a URL with a host, such as https://test.stytch.com");
  }
  const isTls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // A parser makes addresses of these: 127.1, 0x7f000001.
  if (isIP(host) === 4 && host !== name) {
    throw invalid("has a number as its host; write an address as four decimal numbers, such as 10.1.2.3");
  }
  const isLocal = isIP(host) ? isLoopbackOrPrivate(host) : host === "localhost";
  if (isIP(host) && !isLocal && !isPublic(host)) {
    throw invalid(
      "is a special-purpose address, such as that of a cloud's metadata service; use a name, or a public, private or loopback address",
    );
  }
  if (!isTls && !isLocal) {
    throw invalid(
      "is plain http, which would send the secret unencrypted; use https (http is for localhost and private IP addresses)",
    );
  }
  return {
    text: url.origin,
    isTls,
    host,
    port: Number(url.port) || (isTls ? 443 : 80),
    isLoopback: host === "localhost" || isLoopback(host),
  };
}
