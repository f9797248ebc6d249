import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KnownNetwork } from './known-network.entity.js';
import { KnownNetworks } from './known-networks.js';

/** The networks from which each user has logged in. */
@Module({
  imports: [TypeOrmModule.forFeature([KnownNetwork])],
  providers: [KnownNetworks],
  exports: [KnownNetworks],
})
export class KnownNetworksModule {}
