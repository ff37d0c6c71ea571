import { describe, expect, it } from 'vitest';
import { isLiteral, isSecretArn, parseReference, resolveReference } from '../../../lib/config/reference.ts';

describe('parseReference', () => {
  it.each(['', 'plain', '$HOME', '${env:A}', 'x${env:_a1}y${env:B}', '$${env:A}{'])('takes %j', (text) => {
    expect(parseReference(text)).toEqual({ template: text });
  });

  it.each(['${env:}', '${env:1A}', '${env:A-B}', '${env: A}', '${A}', '${env:A', '${ENV:A}', '${'])(
    'refuses %j without repeating it',
    (text) => {
      expect(() => parseReference(`topsecret${text}`)).toThrow(
        expect.objectContaining({
          code: 'REFERENCE_INVALID',
          message: expect.not.stringContaining('topsecret'),
        }),
      );
    },
  );
});

describe('resolveReference', () => {
  it('puts every variable in, once, whatever its value looks like', () => {
    const env = { A: '$& $1 ${env:B}', B: 'b' };

    expect(resolveReference({ template: '${env:A}-${env:B}-${env:B}' }, env)).toBe('$& $1 ${env:B}-b-b');
  });

  it('leaves text without a reference alone', () => {
    expect(resolveReference({ template: 'plain' }, {})).toBe('plain');
  });

  it.each([
    [{}, 'B'],
    [{ B: undefined }, 'B'],
    [{ B: '' }, 'B'],
  ])('names the variable that %j lacks, and no value', (env, name) => {
    const resolve = () =>
      resolveReference({ template: 'postgres://me:${env:A}@${env:B}/x' }, { A: 'topsecret', ...env });

    expect(resolve).toThrow(
      expect.objectContaining({
        code: 'SECRET_MISSING',
        message: `Environment variable ${name} is not set, but the configuration refers to it. Set it and run again.`,
        context: { variables: [name] },
      }),
    );
  });

  it('takes the value of a secret by its whole ARN, and never looks into it', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf:client-secret';

    expect(resolveReference({ template: arn }, { [arn]: '${env:A} $&' })).toBe('${env:A} $&');
    expect(() => resolveReference({ template: arn }, { A: 'topsecret' })).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', message: expect.stringContaining(arn) }),
    );
  });

  it.each(['toString', 'constructor', '__proto__'])('does not take %s from the prototype', (name) => {
    expect(() => resolveReference({ template: `\${env:${name}}` }, {})).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING' }),
    );
  });
});

describe('isLiteral', () => {
  it('is true where nothing has to be looked up', () => {
    expect(['', 'a', '${env:A}', 'a${env:A}'].map((template) => isLiteral({ template }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('isSecretArn', () => {
  it.each([
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf',
    'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:team/lake_1+=.@-AbCdEf:json-key::',
  ])('is true for %s', (text) => {
    expect(isSecretArn(text)).toBe(true);
  });

  it.each([
    '',
    'secret',
    'arn:aws:secretsmanager:us-east-1:1234:secret:lake',
    'arn:aws:ssm:us-east-1:123456789012:secret:lake',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:a b',
    'x arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf\n',
  ])('is false for %j', (text) => {
    expect(isSecretArn(text)).toBe(false);
  });
});
