import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { AccessTokenIssuer } from './access-token-issuer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SigningKeyStore } from './signing-key-store.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.js';

/** Access tokens and the keys that sign them. */
@Module({
  imports: [TypeOrmModule.forFeature([SigningKey]), JwtModule.register({}), RevocationsModule],
  providers: [AccessTokenIssuer, AccessTokenVerifier, JwtStrategy, SigningKeyStore, SigningKeys],
  exports: [AccessTokenIssuer, AccessTokenVerifier, SigningKeys],
})
export class TokensModule {}
