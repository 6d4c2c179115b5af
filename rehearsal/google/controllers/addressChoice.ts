import { contains, firstFree, parseAddress, parseRange, usable } from "../cidr";
import type { CloudAddress, CloudSubnetwork } from "./cloud";

/** Where public addresses come from: ranges for documentation, which belong to nobody (https://www.rfc-editor.org/rfc/rfc5737). */
export const publicRanges = { global: "203.0.113.0/24", regional: "198.51.100.0/24" };

/** Google's refusal of an address; the message goes into an Event. */
export class AddressError extends Error {}

export interface AddressRequest {
  internal: boolean;
  region: string;
  /** Of an internal load balancer. */
  subnetwork?: CloudSubnetwork;
  /** Names of reserved addresses, from the annotation. Names that do not exist are passed over in silence, as GKE does. */
  names: string[];
  /** `spec.loadBalancerIP` */
  wanted?: string;
  /** What the load balancer has now. */
  current?: string;
}

export interface AddressChoice {
  address: string;
  /** Set when it is a reserved address of the project. */
  reserved?: CloudAddress;
}

/**
 * The address of a load balancer, by GKE's order: reserved by name, `spec.loadBalancerIP`, what it has, a free one
 * (https://github.com/kubernetes/ingress-gce/blob/master/pkg/l4/address/to_use.go).
 *
 * @param inUse whether somebody else has the address
 * @throws AddressError
 */
export function chooseAddress(
  request: AddressRequest,
  addresses: CloudAddress[],
  inUse: (address: string) => boolean,
): AddressChoice {
  const reserved = request.names
    .slice(0, 2)
    .map((name) => addresses.find((address) => address.name === name && address.region === request.region))
    .find((address) => address !== undefined);
  if (reserved) return checked({ address: reserved.address, reserved }, request, inUse);
  if (request.wanted !== undefined) {
    const match = addresses.find(
      (address) => address.address === request.wanted && address.region === request.region,
    );
    return checked({ address: request.wanted, ...(match ? { reserved: match } : {}) }, request, inUse);
  }
  const taken = (address: string) => inUse(address) || addresses.some((other) => other.address === address);
  if (request.current !== undefined && !taken(request.current) && fits(request.current, request))
    return { address: request.current };
  const free = firstFree(
    rangeFor(request),
    (address) => taken(address) || keptForProject(rangeFor(request), address),
  );
  if (free === undefined)
    throw new AddressError(`IP space of ${rangeFor(request)} is exhausted, insufficient free IP addresses`);
  return { address: free };
}

function checked(
  choice: AddressChoice,
  request: AddressRequest,
  inUse: (address: string) => boolean,
): AddressChoice {
  const invalid = `googleapi: Error 400: Invalid value for field 'resource.IPAddress': '${choice.address}'. `;
  if (choice.reserved && choice.reserved.internal !== request.internal)
    throw new AddressError(
      `${invalid}The address ${choice.reserved.name} is ${choice.reserved.internal ? "internal" : "external"}, ` +
        `the load balancer is ${request.internal ? "internal" : "external"}., invalid`,
    );
  if (!fits(choice.address, request) && request.internal)
    throw new AddressError(
      `${invalid}IP address '${choice.address}' is not in the range of subnetwork ${request.subnetwork?.name}, ${rangeFor(request)}., invalid`,
    );
  if (!request.internal && !choice.reserved)
    throw new AddressError(`requested ip "${choice.address}" is neither static nor assigned to the LB`);
  if (inUse(choice.address))
    throw new AddressError(
      `${invalid}Specified IP address is in-use and would result in a conflict., invalid`,
    );
  return choice;
}

const rangeFor = (request: AddressRequest): string =>
  request.internal ? (request.subnetwork?.cidr ?? "") : publicRanges.regional;

function fits(address: string, request: AddressRequest): boolean {
  return request.internal ? usable(rangeFor(request), address) : contains(rangeFor(request), address);
}

/**
 * The project hands out a range's low addresses (reserved ones, control planes) without asking the controllers,
 * so these stay out of its first quarter.
 */
export function keptForProject(range: string, address: string): boolean {
  const [outer, inner] = [parseRange(range), parseAddress(address)];
  if (!outer || inner === undefined) return false;
  const size = outer.last - outer.first + 1;
  return inner < outer.first + Math.min(size / 4, 64);
}
