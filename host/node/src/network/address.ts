// Which addresses may be dialled. The owner of a permitted name, or a resolver, must not be
// able to direct requests to this machine, its network or a cloud's metadata service.

import { isIPv4, isIPv6 } from "node:net";

/** The four numbers of an IPv4 address. */
type V4 = [number, number, number, number];

/** The eight groups of an IPv6 address. */
type V6 = number[];

/** Azure's WireServer, which gives machines their secrets: public, and not on the internet. */
const WIRE_SERVER = "168.63.129.16";

/** The metadata services of EC2 and of Google's cloud, in the range of private networks. */
const METADATA = ["fd00:ec2:0:0:0:0:0:254", "fd20:ce:0:0:0:0:0:254"];

/**
 * Whether an address is a unicast address of the public internet. An IPv4 address within an
 * IPv6 address is taken out of it first.
 *
 * Source: the IANA special-purpose address registries (RFC 6890).
 */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return isPublicV4(v4(address));
  if (!isIPv6(address)) return false;
  const groups = v6(address);
  const embedded = embeddedV4(groups);
  if (embedded) return isPublicV4(embedded);
  const [first = 0, second = 0] = groups;
  // Protocol assignments with Teredo and ORCHID, and documentation.
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  if (first === 0x3fff && second < 0x1000) return false;
  // What is assigned as global unicast.
  return first >= 0x2000 && first < 0x4000;
}

export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return v4(address)[0] === 127;
  return isIPv6(address) && v6(address).join(":") === "0:0:0:0:0:0:0:1";
}

/** Whether it is an address of this machine or of its network. */
export function isLoopbackOrPrivate(address: string): boolean {
  if (isLoopback(address)) return true;
  if (isIPv4(address)) return isPrivateV4(v4(address));
  if (!isIPv6(address)) return false;
  const groups = v6(address);
  const text = groups.map((group) => group.toString(16)).join(":");
  return ((groups[0] ?? 0) & 0xfe00) === 0xfc00 && !METADATA.includes(text);
}

/** Whether a name may be dialled at an address. `localhost` is the only name of this machine. */
export function mayDial(name: string, address: string): boolean {
  return name === "localhost" ? isLoopback(address) : isPublic(address);
}

function isPrivateV4([a, b]: V4): boolean {
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}

function isPublicV4(address: V4): boolean {
  const [a, b, c] = address;
  return !(
    a === 0 || // this network
    isPrivateV4(address) ||
    (a === 100 && b >= 64 && b < 128) || // shared by carriers, RFC 6598
    a === 127 || // loopback
    (a === 169 && b === 254) || // link-local, and the clouds' metadata services
    (a === 192 && b === 0 && c === 0) || // protocol assignments
    (a === 192 && b === 0 && c === 2) || // documentation
    (a === 192 && b === 88 && c === 99) || // 6to4 relays, RFC 7526
    (a === 198 && (b === 18 || b === 19)) || // benchmarks, RFC 2544
    (a === 198 && b === 51 && c === 100) || // documentation
    (a === 203 && b === 0 && c === 113) || // documentation
    address.join(".") === WIRE_SERVER ||
    a >= 224 // multicast, reserved, broadcast
  );
}

/**
 * The IPv4 address within an IPv6 address: IPv4-compatible (with `::` and `::1`) and
 * IPv4-mapped, RFC 4291; NAT64, RFC 6052; 6to4, RFC 3056.
 */
function embeddedV4(groups: V6): V4 | undefined {
  const starts = (...start: number[]) => start.every((group, index) => groups[index] === group);
  const at = (index: number): V4 => {
    const [high = 0, low = 0] = groups.slice(index);
    return [high >> 8, high & 0xff, low >> 8, low & 0xff];
  };
  if (starts(0, 0, 0, 0, 0, 0) || starts(0, 0, 0, 0, 0, 0xffff)) return at(6);
  if (starts(0x64, 0xff9b, 0, 0, 0, 0)) return at(6);
  if (starts(0x2002)) return at(1);
  return undefined;
}

const v4 = (address: string) => address.split(".").map(Number) as V4;

function v6(address: string): V6 {
  // A zone names an interface of this machine.
  const [text = ""] = address.split("%");
  const groups = (part: string) =>
    part.split(":").flatMap((group) => {
      if (!group) return [];
      if (!group.includes(".")) return [Number.parseInt(group, 16)];
      const [a, b, c, d] = v4(group);
      return [(a << 8) | b, (c << 8) | d];
    });
  const [before = "", after] = text.split("::");
  const start = groups(before);
  if (after === undefined) return start;
  const end = groups(after);
  return [...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end];
}
