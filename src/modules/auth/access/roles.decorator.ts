import { SetMetadata } from '@nestjs/common';
import type { Role } from '../../../common/principal.js';

export const REQUIRED_ROLE = Symbol('required-role');

/** Restricts a route to users with this role or a higher one. */
export const Roles = (role: Role): MethodDecorator & ClassDecorator => SetMetadata(REQUIRED_ROLE, role);
