/** Secrets and passwords copied from documentation and examples. Rejected with `NODE_ENV=production`. */
const SAMPLE_SECRETS: ReadonlySet<string> = new Set(
  [
    'Root-Passw0rd!',
    'SecurePass123!',
    'securePassword123',
    'correct horse battery staple',
    'quiet-Harbour-42',
    'adminadmin',
    'administrator',
    'stagedoor',
  ].map((secret) => secret.toLowerCase()),
);

const PLACEHOLDER =
  /change[-_ ]?(?:me|this|it)|your[-_ ](?:secret|password)|place[-_ ]?holder|example|sample|insecure/i;

/** Whether a secret is a well-known sample, a placeholder, or made of fewer than five distinct characters. */
export function isSampleSecret(secret: string): boolean {
  return SAMPLE_SECRETS.has(secret.toLowerCase()) || PLACEHOLDER.test(secret) || new Set(secret).size < 5;
}
