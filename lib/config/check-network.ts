import type { CheckedMap } from './check-engine.ts';
import { NEW_NETWORK_DEFAULTS } from './defaults.ts';
import { type Finding, quote } from './problem.ts';
import { NETWORK_FIELDS, type NetworkYaml } from './schema-network.ts';

const PATH = ['cloud', 'network'];

const REQUIRED = [
  ['vpcId', 'For instance `vpcId: vpc-0123456789abcdef0`.'],
  ['subnetIds', 'List at least two subnets, in different zones.'],
  ['availabilityZones', 'List the zone of each subnet, in the order of `subnetIds`.'],
] as const;

/** Fields of the network that are missing, do not go together, or name no two zones of the region. */
export function checkNetwork(network: CheckedMap<NetworkYaml>, region: string): Finding[] {
  const kind = network.given.includes('kind') ? network.written.kind : NEW_NETWORK_DEFAULTS.kind;
  if (kind === undefined) return [];
  const stray = strayFields(network, kind);
  if (kind === 'new') return stray;
  const missing = REQUIRED.filter(([field]) => !network.given.includes(field)).map(([field, hint]) => {
    return { path: [...PATH, field], message: 'is missing beside `kind: existing`', hint };
  });
  return [...stray, ...missing, ...checkLists(network.written), ...checkZones(network.written, region)];
}

/** True where functions in the network reach Databricks and AWS; null where the file does not tell. */
export function hasWayOut({ given, written }: CheckedMap<NetworkYaml>): boolean | null {
  const kind = given.includes('kind') ? written.kind : NEW_NETWORK_DEFAULTS.kind;
  if (kind === undefined) return null;
  const field = kind === 'new' ? 'natGateways' : 'wayOut';
  if (given.includes(field) && written[field] === undefined) return null;
  return kind === 'new' ? (written.natGateways ?? 0) > 0 : (written.wayOut ?? 'none') !== 'none';
}

function strayFields({ given }: CheckedMap<NetworkYaml>, kind: 'new' | 'existing'): Finding[] {
  const other = kind === 'new' ? 'existing' : 'new';
  const allowed = `Beside \`kind: ${kind}\`: ${NETWORK_FIELDS[kind].join(', ')}.`;
  const hint = given.includes('kind') ? `Remove it. ${allowed}` : `Add \`kind: ${other}\`, or remove it.`;
  return NETWORK_FIELDS[other]
    .filter((field) => given.includes(field))
    .map((field) => ({ path: [...PATH, field], message: `has no meaning beside \`kind: ${kind}\``, hint }));
}

function checkLists(written: Partial<NetworkYaml>): Finding[] {
  return (['subnetIds', 'securityGroupIds'] as const).flatMap((field) => {
    const ids = written[field] ?? [];
    return ids.flatMap((id, i): Finding[] => {
      if (ids.indexOf(id) === i) return [];
      return [{ path: [...PATH, field, i], message: `${quote(id)} is listed twice`, hint: 'List it once.' }];
    });
  });
}

function checkZones(
  { subnetIds, availabilityZones: zones }: Partial<NetworkYaml>,
  region: string,
): Finding[] {
  if (zones === undefined) return [];
  const path = [...PATH, 'availabilityZones'];
  const abroad = zones.flatMap((zone, i): Finding[] => {
    if (zone.startsWith(region)) return [];
    return [
      { path: [...path, i], message: `${quote(zone)} is not in ${region}`, hint: `For instance ${region}a.` },
    ];
  });
  if (subnetIds !== undefined && subnetIds.length !== zones.length) {
    const message = `names ${zones.length} zones for ${subnetIds.length} subnets`;
    return [...abroad, { path, message, hint: 'List the zone of each subnet, in the order of `subnetIds`.' }];
  }
  if (new Set(zones).size >= 2) return abroad;
  const hint = 'DMS wants subnets in at least two zones: add one.';
  return [...abroad, { path, message: 'names one zone only', hint }];
}
