import { ApiProperty } from '@nestjs/swagger';
import type { Identifier } from '../../common/identifier.js';

export class IdentifierView {
  @ApiProperty({ description: 'The register, or `x-` followed by a name you choose.', example: 'isni' })
  type!: string;

  @ApiProperty({ description: 'The id, in the one form in which it is kept.', example: '0000000078387189' })
  value!: string;
}

export function presentIdentifier({ type, value }: Identifier): IdentifierView {
  return { type, value };
}
