import type { Clock } from '../../src/common/clock.js';
import type { SecretSeal } from '../../src/common/secret-seal.js';
import { SigningKeyStore } from '../../src/modules/tokens/signing-key-store.js';
import { SigningKey } from '../../src/modules/tokens/signing-key.entity.js';
import { TEST_SECRET_SEAL, type TestDatabase } from './database.js';

/** The signing keys of a database, as an operator's command sees them. */
export function signingKeyStore(
  database: TestDatabase,
  clock: Clock,
  seal: SecretSeal = TEST_SECRET_SEAL,
): SigningKeyStore {
  return new SigningKeyStore(database.dataSource.getRepository(SigningKey), database, seal, clock);
}
