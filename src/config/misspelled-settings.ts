/** Families of settings. Shorter first words, such as `APP`, are common in other programs' variables. */
const FAMILY_MIN_LENGTH = 5;
/** Kubernetes adds such variables for each service: one named `redis` makes `REDIS_PORT_6379_TCP_ADDR`. */
const SERVICE_VARIABLE = /_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+\w*)$/;

/** A warning for each variable that is no setting but looks like one: close to its name, or of its family. */
export function misspelledSettings(variables: readonly string[], settings: ReadonlySet<string>): string[] {
  const families = new Set([...settings].map(familyOf).filter((family) => family.length >= FAMILY_MIN_LENGTH));
  const unknown = variables.filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name) && !settings.has(name)).sort();
  return unknown.flatMap((name) => {
    const meant = [...settings].find((setting) => isClose(name, setting));
    if (meant !== undefined) return [`${name} is not a setting of Stagedoor and is ignored: did you mean ${meant}?`];
    const isOfFamily = families.has(familyOf(name)) && !SERVICE_VARIABLE.test(name);
    return isOfFamily ? [`${name} is not a setting of Stagedoor and is ignored`] : [];
  });
}

function familyOf(name: string): string {
  const end = name.indexOf('_');
  return name.startsWith('OTEL_') || end === -1 ? '' : name.slice(0, end);
}

/** Whether one edit (two in names of 8 letters or more) turns one name into the other. */
function isClose(name: string, setting: string): boolean {
  const allowed = setting.length >= 8 ? 2 : 1;
  return Math.abs(name.length - setting.length) <= allowed && editDistance(name, setting) <= allowed;
}

/** Insertions, deletions, substitutions and swaps of neighbors (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
