/** Secrets and passwords that stand in documentation, examples or habits. `NODE_ENV=production` refuses them. */
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

export function isSampleSecret(secret: string): boolean {
  return SAMPLE_SECRETS.has(secret.toLowerCase()) || PLACEHOLDER.test(secret) || new Set(secret).size < 5;
}
