import { SetMetadata } from '@nestjs/common';
import type { Role } from '../../../common/principal.js';

export const REQUIRED_ROLE = Symbol('required-role');

/** Open to people of this role and of every higher one. */
export const Roles = (role: Role): MethodDecorator & ClassDecorator => SetMetadata(REQUIRED_ROLE, role);
