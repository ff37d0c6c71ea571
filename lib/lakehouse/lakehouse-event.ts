import { TerminalError } from '../errors.ts';
import type { ExternalLocation } from './external-location.ts';
import type { StorageCredential } from './storage-credential.ts';

/** Properties of the custom resource that makes the storage credential, as the template states them. */
export interface CredentialProperties {
  readonly Step: 'storage-credential';
  readonly Name: string;
  readonly RoleArn: string;
  readonly UnityCatalogRoleArn: string;
}

/** Properties of the custom resource that makes the external location and runs setup. CloudFormation keeps text only. */
export interface LakehouseProperties {
  readonly Step: 'lakehouse';
  /** Absent: made by hand. */
  readonly LocationName?: string;
  readonly LocationUrl?: string;
  readonly CredentialName?: string;
  readonly Setup: 'true' | 'false';
  /** Changes when setup has something else to make. */
  readonly Definition: string;
}

/** What one of the two custom resources is asked for. */
export type LakehouseStep =
  | { readonly kind: 'storage-credential'; readonly credential: StorageCredential }
  | { readonly kind: 'lakehouse'; readonly location: ExternalLocation | null; readonly setup: boolean };

export interface LakehouseEvent {
  readonly requestType: 'Create' | 'Update' | 'Delete';
  readonly step: LakehouseStep;
  /** What CloudFormation knows the resource by; empty before it is made. */
  readonly physicalResourceId: string;
  /** When the work on this event began; null in the first call for it. */
  readonly startedAt: Date | null;
}

/** Reads an event of the provider framework. Throws `TerminalError` LAKEHOUSE_EVENT_INVALID for anything else. */
export function parseLakehouseEvent(event: unknown): LakehouseEvent {
  const fields = asObject(event);
  const { RequestType: requestType, ResourceProperties: properties, Data: data } = fields;
  if (requestType !== 'Create' && requestType !== 'Update' && requestType !== 'Delete') {
    throw invalid(`RequestType ${JSON.stringify(requestType)}`);
  }
  const { StartedAt: startedAt } = asObject(data ?? {});
  const { PhysicalResourceId: id } = fields;
  return {
    requestType,
    physicalResourceId: typeof id === 'string' ? id : '',
    step: parseStep(asObject(properties)),
    startedAt: typeof startedAt === 'string' ? new Date(startedAt) : null,
  };
}

function parseStep(properties: Readonly<Record<string, unknown>>): LakehouseStep {
  const text = (name: string): string => {
    const value = properties[name];
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(`property ${name} ${JSON.stringify(value)}`);
  };
  const kind = text('Step');
  if (kind === 'storage-credential') {
    const credential = {
      name: text('Name'),
      roleArn: text('RoleArn'),
      unityCatalogRoleArn: text('UnityCatalogRoleArn'),
    };
    return { kind, credential };
  }
  if (kind !== 'lakehouse') throw invalid(`property Step "${kind}"`);
  const location =
    properties.LocationName === undefined
      ? null
      : { name: text('LocationName'), url: text('LocationUrl'), credentialName: text('CredentialName') };
  return { kind, location, setup: text('Setup') === 'true' };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw invalid(JSON.stringify(value) ?? 'nothing');
}

function invalid(what: string): TerminalError {
  return new TerminalError(
    'LAKEHOUSE_EVENT_INVALID',
    `This is no event of the lakehouse's custom resources: ${what}. Template and function must come from the same deploy.`,
  );
}
