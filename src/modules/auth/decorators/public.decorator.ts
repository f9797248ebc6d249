import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('public');

/** Open to anyone: the route asks for no credentials and looks at none. Without it, a route is guarded. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(IS_PUBLIC, true);
