import ipaddr from 'ipaddr.js';

/** Reads settings one by one and collects every fault, so that an operator sees all of them at once. */
export class SettingsReader {
  readonly faults: string[] = [];
  readonly #faulty = new Set<string>();

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  fault(sentence: string): void {
    this.faults.push(sentence);
  }

  isFaulty(name: string): boolean {
    return this.#faulty.has(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  text(name: string, preset: string): string {
    return this.optionalText(name) ?? preset;
  }

  /** A secret is taken as it is, never trimmed; a fault never repeats it. */
  secret(name: string, minBytes: number): string | undefined {
    return this.secretBy(name, (value) =>
      Buffer.byteLength(value) < minBytes ? `must have at least ${minBytes} bytes` : undefined,
    );
  }

  /** The same by a rule of its own, which says what is wrong after the setting's name ("must …"), or nothing. */
  secretBy(name: string, faultOf: (secret: string) => string | undefined): string | undefined {
    const value = this.env[name];
    if (value === undefined || value === '') return undefined;
    const fault = faultOf(value);
    return fault === undefined ? value : this.refuse(name, fault, undefined);
  }

  integer(name: string, preset: number, min: number, max: number): number {
    const value = this.optionalText(name);
    if (value === undefined) return preset;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return this.refuse(name, `must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`, preset);
  }

  boolean(name: string, preset: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], preset ? 'true' : 'false') === 'true';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], preset: T): T {
    const value = this.optionalText(name);
    if (value === undefined) return preset;
    const known = allowed.find((candidate) => candidate === value);
    return known ?? this.refuse(name, `must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`, preset);
  }

  /** The value may hold a password, so a fault never repeats it. */
  url(name: string, protocols: readonly string[]): string | undefined {
    const value = this.optionalText(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
    return this.refuse(
      name,
      `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
      undefined,
    );
  }

  origins(name: string): string[] {
    const values = (this.optionalText(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    for (const value of values) {
      const isOrigin =
        URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).origin === value;
      if (!isOrigin)
        this.refuse(name, `must list origins such as https://app.example, not ${JSON.stringify(value)}`, value);
    }
    return values;
  }

  trustProxy(name: string): boolean | number | string {
    const value = this.optionalText(name) ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const presets = ['loopback', 'linklocal', 'uniquelocal'];
    const isNetwork = (part: string): boolean =>
      presets.includes(part) || ipaddr.isValid(part) || ipaddr.isValidCIDR(part);
    if (value.split(',').every((part) => isNetwork(part.trim()))) return value;
    return this.refuse(name, 'must be true, false, a number of proxies, or their addresses (10.0.0.0/8, …)', false);
  }

  /** Refuses a setting whose work is not built, instead of ignoring it silently. */
  notBuiltYet<T>(name: string, value: T, preset: T): T {
    if (value === preset || this.isFaulty(name)) return preset;
    return this.refuse(name, 'is not built yet: leave it unset', preset);
  }

  private refuse<T>(name: string, reason: string, instead: T): T {
    this.#faulty.add(name);
    this.fault(`${name} ${reason}`);
    return instead;
  }
}
