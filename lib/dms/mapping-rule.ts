/**
 * Table mappings of DMS, by the names of its JSON.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.html
 */
export interface TableMappings {
  readonly rules: readonly MappingRule[];
}

/** What a rule is about. In transformation rules names are patterns: `%` is any text, `_` any one character. */
export interface ObjectLocator {
  readonly 'schema-name': string;
  readonly 'table-name': string;
  readonly 'column-name'?: string;
}

interface RuleHead {
  /** Digits only, unique in the mappings. */
  readonly 'rule-id': string;
  readonly 'rule-name': string;
  readonly 'object-locator': ObjectLocator;
}

/** Copies one table, named exactly: `explicit` takes no patterns, so that an underscore is an underscore. */
export interface SelectionRule extends RuleHead {
  readonly 'rule-type': 'selection';
  readonly 'rule-action': 'explicit';
}

interface TransformationHead extends RuleHead {
  readonly 'rule-type': 'transformation';
}

/** Gives a table's folder its final name. */
export interface RenameTableRule extends TransformationHead {
  readonly 'rule-target': 'table';
  readonly 'rule-action': 'rename';
  readonly value: string;
}

export interface RemoveColumnRule extends TransformationHead {
  readonly 'rule-target': 'column';
  readonly 'rule-action': 'remove-column';
}

export interface LowercaseColumnsRule extends TransformationHead {
  readonly 'rule-target': 'column';
  readonly 'rule-action': 'convert-lowercase';
}

/** Adds the order of changes within a commit. */
export interface AddColumnRule extends TransformationHead {
  readonly 'rule-target': 'column';
  readonly 'rule-action': 'add-column';
  readonly value: string;
  readonly expression: string;
  readonly 'data-type': { readonly type: 'string'; readonly length: number };
}

/** Adds the key of a row as it was before an update. */
export interface BeforeImageRule extends TransformationHead {
  readonly 'rule-target': 'column';
  readonly 'rule-action': 'add-before-image-columns';
  readonly 'before-image-def': {
    readonly 'column-prefix': string;
    readonly 'column-suffix': string;
    readonly 'column-filter': 'pk-only';
  };
}

export type MappingRule =
  | SelectionRule
  | RenameTableRule
  | RemoveColumnRule
  | LowercaseColumnsRule
  | AddColumnRule
  | BeforeImageRule;

type WithoutId<Rule> = Rule extends RuleHead ? Omit<Rule, 'rule-id' | 'rule-name'> : never;

/** A rule before it has its id. */
export type UnnumberedRule = WithoutId<MappingRule>;
